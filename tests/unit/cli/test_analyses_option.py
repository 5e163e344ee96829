"""What `--analyses` takes."""

import pytest

from reelsift.cli.analyses_option import parse_analyses
from reelsift.cli.exits import CommandError
from reelsift.domain.analysis import Analysis


def test_any_analyses_go_together_by_whichever_name() -> None:
    assert parse_analyses("moderation, text,content_moderation") == [Analysis.CONTENT_MODERATION, Analysis.TEXT]
    assert parse_analyses(",".join(Analysis)) == list(Analysis)


def test_where_nothing_is_asked_for_nothing_is_named() -> None:
    assert parse_analyses(None) == []


@pytest.mark.parametrize("text", ["people", "text;labels", "", "text,"])
def test_another_name_is_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(CommandError, match="--analyses takes content_moderation, labels, text"):
        parse_analyses(text)
