"""What the doctor says of the catalogue of reasons."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from reelsift.aws.checkup.finding import Finding
from reelsift.aws.checkup.reasons import check_reasons
from reelsift.domain.reason_catalogue import DEFAULT_CATALOGUE_TEXT
from support.memory_stores import settings

if TYPE_CHECKING:
    from reelsift.aws.clients import Clients


async def finding(**members: Any) -> Finding:
    (one,) = [found async for found in check_reasons(cast("Clients", None), settings(**members))]
    return one


async def test_a_catalogue_that_can_be_used_is_well_and_says_whose_it_is() -> None:
    built_in = await finding()
    assert (built_in.grade, "built in" in built_in.state) == ("ok", True)
    own = await finding(reason_catalogue_document=DEFAULT_CATALOGUE_TEXT)
    assert (own.grade, "of your own" in own.state) == ("ok", True)


async def test_one_that_cannot_be_used_is_broken_and_says_why(tmp_path: Path) -> None:
    wrong = await finding(reason_catalogue_document="reasons: {a: {}}")
    assert (wrong.grade, "reasons.a.words: is missing" in wrong.state) == ("broken", True)
    for content, problem in (
        (None, "No such file"),
        (b"\xff", "it is not text in UTF-8"),
        (b"x" * 2**22, "larger than"),
    ):
        if content is not None:
            (tmp_path / "own.yaml").write_bytes(content)
        missing = await finding(reason_catalogue=tmp_path / "own.yaml")
        assert (missing.grade, problem in missing.state) == ("broken", True)
