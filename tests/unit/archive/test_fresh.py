"""Answers for lines that no manifest has come into the copy soon, and cost nothing else."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from reelsift.archive import fresh
from reelsift.archive.fresh import FreshAnswers
from reelsift.archive.part import open_part
from reelsift.aws.copy_upkeep import CopyUpkeeps
from reelsift.aws.forgotten import ForgottenVideos
from reelsift.aws.open_index import OpenIndex
from reelsift.domain.analysis import Analysis
from reelsift.domain.line import LineId
from reelsift.domain.segments import Segment
from reelsift.domain.video import Video
from support.archive import seen
from support.clocks import SetClock
from support.jobs import make_job
from support.memory_stores import MemoryWork
from support.memory_table import MemoryTable

MODERATION = Analysis.CONTENT_MODERATION
DIRECT = "direct-2026-11-30"


class Worker:
    """What a worker has of it."""

    def __init__(self) -> None:
        self.work = MemoryWork()
        self.clock = SetClock()
        self.table = MemoryTable("batches")
        self.answers = FreshAnswers(work=self.work, upkeeps=CopyUpkeeps(self.table), clock=self.clock)

    def settle(
        self, number: int, batch: str = DIRECT, segments: Sequence[Segment] = (), analysis: Analysis = MODERATION
    ) -> str:
        video = Video("videos", f"{number}.mp4", "e")
        job = make_job(video=video, analysis=analysis, by=LineId(batch, "m:1", 0))
        head = {"analysis": str(analysis), "attempt": 1, "model_version": "7.0"}
        self.answers.take(job, head, segments)
        return video.video_id

    def rows(self) -> list[Any]:
        return [row for body in self.work.objects.values() for row in open_part(BytesIO(body)).read().to_pylist()]


@pytest.fixture
def worker() -> Worker:
    return Worker()


async def test_what_settles_for_direct_lines_is_written_together(worker: Worker) -> None:
    videos = [worker.settle(1, segments=[seen(MODERATION, "Violence", 90.0)]), worker.settle(2)]
    worker.settle(2)
    worker.settle(3, batch="2026-11-30-uploads-ab12")
    worker.settle(4, analysis=Analysis.FACES)
    await worker.answers.flush()
    assert [(row["video_id"], row["number"], row["label"]) for row in worker.rows()] == [
        (videos[0], 0, "Violence"), (videos[1], 0, None)
    ]  # fmt: skip
    await worker.answers.flush()
    assert len(worker.work.objects) == 1


async def test_who_was_forgotten_meanwhile_does_not_come_in(worker: Worker) -> None:
    forgotten, other = worker.settle(1), worker.settle(2)
    await ForgottenVideos(worker.table, OpenIndex(worker.table)).note(forgotten, now_ms=worker.clock.now_ms())
    await worker.answers.flush()
    assert [row["video_id"] for row in worker.rows()] == [other]


async def test_what_there_is_no_room_for_is_left_to_the_report(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fresh, "MOST_SEGMENTS", 3)
    monkeypatch.setattr(fresh, "MOST_ANSWERS", 3)
    some = [seen(MODERATION, label, 90.0) for label in ("Violence", "Weapons")]
    first = worker.settle(1, segments=some)
    worker.settle(2, segments=some)
    third, fourth = worker.settle(3), worker.settle(4)
    worker.settle(5)
    await worker.answers.flush()
    assert {row["video_id"] for row in worker.rows()} == {first, third, fourth}
    fifth = worker.settle(5, segments=some)
    await worker.answers.flush()
    assert fifth in {row["video_id"] for row in worker.rows()}


async def test_an_outage_at_the_end_is_no_failure_of_the_worker(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="s3")

    worker.settle(1)
    monkeypatch.setattr(worker.work, "put", fail)
    await worker.answers.drain()
    assert worker.work.objects == {}
