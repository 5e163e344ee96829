"""What an overwrite in flight has shown."""

from dataclasses import replace

import pytest

from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.video import ObjectRef, Video
from reelsift.smoke.full import judged_overwrite
from reelsift.smoke.hop import HopGrade

OLD, NEW = Video("videos", "a.mp4", "old"), Video("videos", "a.mp4", "new")
PINNED = replace(OLD, version_id="v1")


def ended(etag: str, status: OutcomeStatus = OutcomeStatus.SUCCEEDED, reason: Reason | None = None) -> Outcome:
    return Outcome(LineId("b", "l", 0), ObjectRef("videos", "a.mp4", None, etag), status, 1, reason=reason)


@pytest.mark.parametrize(
    ("outcome", "before", "in_time", "grade"),
    [
        (ended("new"), OLD, True, HopGrade.OK),
        (ended("old"), PINNED, True, HopGrade.OK),
        (ended("old"), OLD, True, HopGrade.FAILED),
        (ended("old"), OLD, False, HopGrade.NOT_DUE),
        (ended("new", OutcomeStatus.FAILED, Reason.OBJECT_CHANGED), OLD, True, HopGrade.FAILED),
        (None, OLD, True, HopGrade.FAILED),
    ],
)
def test_a_result_of_content_that_is_gone_is_a_failure(
    outcome: Outcome | None, before: Video, *, in_time: bool, grade: HopGrade
) -> None:
    assert judged_overwrite(outcome, before, NEW, in_time=in_time)[0] is grade
