"""The lowest confidence that an attempt could show."""

import pytest

from reelsift.domain.analysis import Analysis


@pytest.mark.parametrize(
    ("analysis", "values", "least"),
    [
        (Analysis.CONTENT_MODERATION, {}, 50),
        (Analysis.CONTENT_MODERATION, {"min_confidence": 65.5}, 65.5),
        (Analysis.LABELS, {"min_confidence": 0}, 0),
        (Analysis.TEXT, {"text_min_confidence": 90}, 90),
        (Analysis.CELEBRITIES, {"celebrities_min_confidence": 70}, 70),
        (Analysis.FACES, {}, 0),
        (Analysis.SEGMENTS, {}, 0),
    ],
)
def test_it_is_what_was_asked_for_or_kept(analysis: Analysis, values: dict[str, float], least: float) -> None:
    assert analysis.spec.seen_from(analysis.spec.model_settings(values)) == least
