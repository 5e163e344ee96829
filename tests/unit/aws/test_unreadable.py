"""One row that this version cannot read keeps no other from being seen."""

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from reelsift.aws.reviews import Reviews
from reelsift.domain.policy import Verdict
from reelsift.domain.status import Status, VideoStatus
from reelsift.domain.status_changes import judged
from support.memory_table import MemoryTable
from support.reviewing import peak, verdict, video

NAMES = ("a.mp4", "later.mp4", "z.mp4")


@pytest.fixture
async def reviews() -> Reviews:
    """Three videos for review, one of which a later version has written since."""
    made = Reviews(MemoryTable("reviews"), with_events=False)
    for at_ms, name in enumerate(NAMES, start=1):
        judgement = verdict(Verdict.REVIEW, peak(), of=video(name), judged_ms=at_ms)
        await made.write(judged(VideoStatus.new(video(name)), judgement), None)
    later = {"video_id": video("later.mp4").video_id, "part": "status"}
    await made.table.update(later, "SET #failure = :failure", failure={"reason": "of_a_later_version"})
    return made


async def names(rows: AsyncIterator[VideoStatus]) -> set[str]:
    return {row.video.key async for row in rows if row.video is not None}


async def test_a_video_that_cannot_be_read_is_left_out_counted_and_logged_once(reviews: Reviews) -> None:
    assert reviews.unreadable.count == 0
    with capture_logs() as logs:
        assert await names(reviews.with_status(Status.IN_REVIEW)) == {"a.mp4", "z.mp4"}
        assert await names(reviews.flagged(Verdict.REVIEW)) == {"a.mp4", "z.mp4"}
        assert await names(reviews.with_revision(bucket="videos")) == {"a.mp4", "z.mp4"}
    assert reviews.unreadable.count == 1
    assert [entry["video_id"] for entry in logs if entry["event"] == "row_unreadable"] == [video("later.mp4").video_id]


async def test_of_many_that_are_read_together_those_that_cannot_be_are_named(reviews: Reviews) -> None:
    """Whoever shows videos must not show one of which nobody can say whether it is sealed."""
    found, unread = await reviews.get_readable([video(name).video_id for name in (*NAMES, "never.mp4")])
    assert found.keys() == {video("a.mp4").video_id, video("z.mp4").video_id}
    assert unread == {video("later.mp4").video_id}
