"""The status of videos that are refused before anything is started, and of those whose analysis fails."""

from typing import Any

import pytest

from reelsift.aws.errors import AwsUnavailable
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.policy import Policy
from reelsift.domain.status import Status, VideoStatus
from reelsift.domain.video import Video
from support.memory_stores import BUCKET
from support.memory_worker import GONE, MemoryWorker, RecordedBus, succeeded

TOO_LARGE = Failure(Reason.TOO_LARGE, "11 GB")
ARCHIVED = Failure(Reason.ARCHIVED, "it is in an archive")
VIDEO_ID = Video(BUCKET, "a.mp4", "etag of a.mp4").video_id


def worker_of(**members: Any) -> tuple[MemoryWorker, RecordedBus]:
    bus = RecordedBus()
    return MemoryWorker(bus=bus, **members), bus


async def row_of(worker: MemoryWorker) -> VideoStatus | None:
    return await worker.deployment.reviews.get(VIDEO_ID)


async def answered(worker: MemoryWorker, page: dict[str, Any]) -> None:
    """The running analysis ends."""
    worker.rekognition.pages.append(page)
    worker.complete(await worker.job())
    await worker.receive_completions()


async def test_a_video_that_cannot_be_analysed_has_failed_and_is_told_once() -> None:
    worker, bus = worker_of()
    worker.videos.failures["a.mp4"] = TOO_LARGE
    line = worker.line(context={"owner": "o-1"})
    await worker.admit(line)
    await worker.admit(line)
    row = await row_of(worker)
    assert row is not None
    assert (row.status, row.failure, row.context) == (Status.FAILED, TOO_LARGE, {"owner": "o-1"})
    assert [each async for each in worker.deployment.reviews.with_status(Status.FAILED)] == [row]
    (detail,) = bus.details()
    assert (detail["status"], detail["reasons"], detail["line"]) == ("failed", [{"code": "too_large"}], "a.mp4")
    assert (await worker.outcome()) is not None


@pytest.mark.parametrize(("failure", "items"), [(TOO_LARGE, ["failed"]), (ARCHIVED, [])])
async def test_people_see_what_could_not_be_analysed_for_a_reason_that_the_policy_names(
    failure: Failure, items: list[str]
) -> None:
    worker, _ = worker_of()
    worker.videos.failures["a.mp4"] = failure
    await worker.admit()
    assert [item.name for item in await worker.deployment.review_items.of_video(VIDEO_ID)] == items


async def test_what_was_written_before_the_worker_died_is_told_when_the_line_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker, bus = worker_of()
    worker.videos.failures["a.mp4"] = TOO_LARGE

    async def dies(*_: object) -> None:
        raise AwsUnavailable("the worker is gone")

    with monkeypatch.context() as patch:
        patch.setattr(worker.jobs.teller, "tell", dies)
        with pytest.raises(AwsUnavailable):
            await worker.admit()
    assert await worker.outcome() is None
    await worker.admit()
    assert bus.heard() == [(1, "failed")]


async def test_a_line_without_a_video_makes_no_status() -> None:
    worker, bus = worker_of()
    worker.videos.failures["a.mp4"] = GONE
    await worker.admit()
    assert (await row_of(worker), bus.taken) == (None, [])


async def test_a_video_that_fails_and_is_analysed_later_has_the_status_of_its_verdict() -> None:
    worker, bus = worker_of()
    worker.videos.failures["a.mp4"] = ARCHIVED
    await worker.admit()
    del worker.videos.failures["a.mp4"]
    worker.clock.move(1)
    await worker.admit(worker.line("a.mp4", again=True))
    await answered(worker, succeeded())
    assert bus.heard() == [(1, "failed"), (2, "approved")]
    row = await row_of(worker)
    assert row is not None
    assert row.failure is None


async def test_a_failure_takes_no_status_away() -> None:
    worker, bus = worker_of()
    await worker.admit()
    await answered(worker, succeeded(98))
    worker.videos.failures["a.mp4"] = ARCHIVED
    worker.clock.move(1)
    await worker.admit(worker.line("a.mp4", again=True))
    assert bus.heard() == [(1, "in_review")]


async def test_what_is_still_analysed_has_not_failed() -> None:
    worker, bus = worker_of()
    await worker.admit()
    worker.videos.failures["a.mp4"] = ARCHIVED
    await worker.admit(worker.line("a.mp4", again=True))
    assert (await row_of(worker), bus.taken) == (None, [])


async def test_under_a_policy_that_clears_no_video_none_fails() -> None:
    worker, bus = worker_of(policy=Policy.parse("{content_moderation: off, labels: {Gun: {alert: 95}}}"))
    worker.videos.failures["a.mp4"] = TOO_LARGE
    await worker.admit()
    assert (await row_of(worker), bus.taken) == (None, [])


async def test_an_analysis_that_ends_without_an_answer_makes_its_video_one_that_failed() -> None:
    worker, bus = worker_of()
    await worker.admit()
    await answered(worker, {"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."})
    assert bus.heard() == [(1, "failed")]
    worker.clock.move(1)
    await worker.admit(worker.line(again=True))
    await answered(worker, {"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."})
    assert bus.heard() == [(1, "failed")], "it has the same status"
