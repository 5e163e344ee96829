"""Lines that no manifest names: their day is over once they have rested, and goes on where one more ends."""

import asyncio
import json
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow.parquet import read_table  # type: ignore[import-untyped]

from reelsift.aws.topics import Announcements
from reelsift.batches.retry.order import RetryOrder
from reelsift.batches.retry.retry import retry
from reelsift.domain.batch import DIRECT_REST_MS, Batch, BatchState
from reelsift.domain.line import DIRECT_CHUNKS, LineId, OutcomeStatus, chunk_of
from reelsift.domain.outcome import Outcome
from reelsift.domain.video import ObjectRef
from reelsift.reporting import lines as lines_module
from reelsift.reports import report_keys
from reelsift.reports.completion_mail import CompletionMail
from support.clocks import SetClock
from support.memory_stores import BUCKET
from support.memory_worker import MemoryWorker
from support.thoroughness import examples

DAY = "direct-2026-11-30"
REST_S = DIRECT_REST_MS / 1000


class NotedAnnouncements(Announcements):
    def __init__(self) -> None:
        self.mails: list[CompletionMail] = []

    async def completed(self, mail: CompletionMail) -> None:
        self.mails.append(mail)


class Day:
    """A deployment on a clock that a test moves, and the batch of one day in it."""

    def __init__(self, batch_id: str = DAY) -> None:
        self.batch_id = batch_id
        self.clock = SetClock()
        self.memory = MemoryWorker(clock=self.clock)
        self.mailed = NotedAnnouncements()
        self.memory.deployment = replace(self.memory.deployment, announcements=self.mailed)
        self.parts = self.memory.another()

    async def end(self, *names: str, status: OutcomeStatus = OutcomeStatus.SUCCEEDED) -> None:
        """Lines of the day end now."""
        now = self.clock.now_ms()
        for name in names:
            line = LineId(self.batch_id, name, chunk_of(name))
            await self.memory.deployment.outcomes.record([Outcome(line, ObjectRef(BUCKET, f"{name}.mp4"), status, now)])

    async def look(self) -> Batch:
        """What a worker does in the minutes after, as often as it takes."""
        for _ in range(4):
            await self.parts.direct_days.step()
            for _ in range(2):
                self.clock.move(5)
                await self.parts.watch.step()
                await self.parts.reporting.reporter.step()
                await self.parts.reporting.reporter.drain()
        return await self.batch()

    async def batch(self) -> Batch:
        batch = await self.memory.deployment.batches.get(self.batch_id)
        assert batch is not None
        return batch

    def lines(self) -> list[str]:
        """The lines in the Parquet files of its report."""
        folder = report_keys.LINES
        files = [body for key, body in self.memory.work.objects.items() if key.startswith(folder)]
        return sorted(name for body in files for name in read_table(BytesIO(body))["line"].to_pylist())

    def summary(self) -> dict[str, Any]:
        summary: dict[str, Any] = json.loads(self.memory.work.objects[report_keys.summary_key(self.batch_id)])
        return summary


@pytest.mark.parametrize("batch_id", [DAY, "smoke-2026-11-30", "named-by-a-program"])
async def test_a_day_is_reported_like_a_batch_once_its_lines_have_rested(batch_id: str) -> None:
    day = Day(batch_id)
    names = [f"m{number}" for number in range(30)]
    await day.end(*names)
    await day.end("bad", status=OutcomeStatus.FAILED)
    day.clock.move(REST_S - 60)
    assert (await day.look()).state is BatchState.ACTIVE
    assert day.mailed.mails == []
    day.clock.move(120)
    batch = await day.look()
    assert (batch.state, batch.report_key) == (BatchState.COMPLETE, f"reports/{batch_id}/manifest.json")
    assert day.lines() == sorted([*names, "bad"])
    summary = day.summary()
    assert (summary["succeeded"], summary["failed"]) == (30, 1)
    objects = day.memory.work.objects
    assert {file["key"] for file in summary["files"]} <= set(objects)
    assert all(len(objects[file["key"]]) == file["bytes"] for file in summary["files"])
    assert objects[f"reports/{batch_id}/failed.csv"].decode().splitlines() == [f"{BUCKET},bad.mp4"]
    assert f"reports/{batch_id}/report.html" in objects
    (mail,) = day.mailed.mails
    assert mail.subject == f"reelsift: batch {batch_id} complete, 1 failed"


async def test_a_line_that_ends_later_lets_the_day_rest_anew() -> None:
    day = Day()
    await day.end("a")
    day.clock.move(REST_S - 3600)
    await day.end("b")
    day.clock.move(2 * 3600)
    assert (await day.look()).state is BatchState.ACTIVE
    day.clock.move(REST_S)
    assert (await day.look()).state is BatchState.COMPLETE


async def test_a_line_of_a_closed_day_opens_it_again_and_is_in_its_next_report() -> None:
    day = Day()
    await day.end("a", "b")
    day.clock.move(REST_S + 60)
    assert (await day.look()).state is BatchState.COMPLETE
    await day.end("late")
    batch = await day.look()
    assert (batch.state, batch.finished_ms) == (BatchState.ACTIVE, None)
    day.clock.move(REST_S + 60)
    assert (await day.look()).state is BatchState.COMPLETE
    assert day.lines() == ["a", "b", "late"]
    assert day.summary()["succeeded"] == 3
    assert len(day.mailed.mails) == 2


async def test_a_line_that_is_told_twice_opens_nothing() -> None:
    day = Day()
    await day.end("a")
    day.clock.move(REST_S + 60)
    await day.look()
    await day.end("a")
    assert (await day.batch()).state is BatchState.COMPLETE


@pytest.mark.parametrize("steps", range(6))
async def test_a_line_that_ends_while_the_day_is_closed_is_reported_all_the_same(steps: int) -> None:
    day = Day()
    await day.end(*(f"m{number}" for number in range(20)))
    day.clock.move(REST_S + 60)
    order = [
        day.parts.direct_days.step,
        day.parts.watch.step,
        day.parts.reporting.reporter.step,
        day.parts.reporting.reporter.drain,
        day.parts.watch.step,
        day.parts.reporting.reporter.step,
    ]
    for step in order[:steps]:
        day.clock.move(2)
        await step()
    await day.end("meanwhile")
    for step in order[steps:]:
        day.clock.move(2)
        await step()
    await day.parts.reporting.reporter.drain()
    day.clock.move(REST_S + 60)
    assert (await day.look()).state is BatchState.COMPLETE
    assert "meanwhile" in day.lines()
    assert day.summary()["succeeded"] == 21


async def test_more_lines_than_a_file_holds_are_reported_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "CHUNK_LINES", 3)
    day = Day()
    names = [f"m{number}" for number in range(60)]
    await day.end(*names)
    day.clock.move(REST_S + 60)
    assert (await day.look()).state is BatchState.COMPLETE
    assert day.lines() == sorted(names)
    files = [file for file in day.summary()["files"] if file["key"].startswith(report_keys.LINES)]
    assert max(file["rows"] for file in files) == 3
    assert sum(file["rows"] for file in files) == 60


async def test_what_failed_of_a_closed_day_is_retried_and_reported_anew() -> None:
    day = Day()
    await day.end("a", "b")
    await day.end("bad", status=OutcomeStatus.FAILED)
    day.clock.move(REST_S + 60)
    await day.look()
    retried = await retry(day.memory.deployment, DAY, RetryOrder())
    assert retried.sent == 1
    assert (await day.batch()).state is BatchState.ACTIVE
    await day.memory.deployment.outcomes.record(
        [
            Outcome(
                LineId(DAY, "bad", chunk_of("bad"), round=2),
                ObjectRef(BUCKET, "bad.mp4"),
                OutcomeStatus.SUCCEEDED,
                day.clock.now_ms(),
            )
        ]
    )
    day.clock.move(REST_S + 60)
    assert (await day.look()).state is BatchState.COMPLETE
    assert (day.summary()["succeeded"], day.summary()["failed"], day.lines()) == (3, 0, ["a", "b", "bad"])


async def test_a_sleeping_fleet_is_woken_for_a_day_that_is_to_be_closed_and_for_none_that_rests() -> None:
    day = Day()
    await day.end("a")
    batches = day.memory.deployment.batches
    assert await batches.active(10) == [], "it keeps no worker awake"
    assert await batches.count_due_direct(day.clock.now_ms(), 5) == 0
    day.clock.move(REST_S + 60)
    assert await batches.count_due_direct(day.clock.now_ms(), 5) == 1
    await day.look()
    assert await batches.count_due_direct(day.clock.now_ms() + DIRECT_REST_MS, 5) == 0


async def test_a_video_that_is_forgotten_leaves_the_pieces_of_a_closed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "CHUNK_LINES", 2)
    day = Day()
    outcomes = [
        Outcome(
            LineId(DAY, f"m{number}", chunk_of(f"m{number}")),
            ObjectRef(BUCKET, f"secret-{number}.mp4"),
            OutcomeStatus.SUCCEEDED,
            day.clock.now_ms(),
            video_id=f"{number:040x}",
        )
        for number in range(24)
    ]
    await day.memory.deployment.outcomes.record(outcomes)
    day.clock.move(REST_S + 60)
    await day.look()
    await day.memory.deployment.forgotten.note(f"{7:040x}", now_ms=day.clock.now_ms())
    for _ in range(3):
        day.clock.move(REST_S)
        await day.parts.reporting.erasure.step()
        await day.parts.reporting.erasure.drain()
    assert day.lines() == sorted(f"m{number}" for number in range(24) if number != 7)
    objects = day.memory.work.objects
    assert all(len(objects[file["key"]]) == file["bytes"] for file in day.summary()["files"])
    assert not [key for key, body in objects.items() if b"secret-7.mp4" in body]


LINES = st.integers(0, 12)


@settings(max_examples=examples(20), deadline=None)
@given(st.lists(st.one_of(LINES, st.sampled_from(["look", "rest", "step", "watch", "report"])), max_size=25))
def test_whenever_lines_end_each_is_counted_once_and_in_the_report_in_the_end(events: list[int | str]) -> None:
    async def run() -> None:
        day, ended = Day(), set()
        await day.end("first")
        for event in events:
            day.clock.move(7)
            match event:
                case int():
                    await day.end(f"m{event}")
                    ended.add(f"m{event}")
                case "rest":
                    day.clock.move(REST_S)
                case "step":
                    await day.parts.direct_days.step()
                case "watch":
                    await day.parts.watch.step()
                case "report":
                    await day.parts.reporting.reporter.step()
                    await day.parts.reporting.reporter.drain()
                case _:
                    await day.look()
        day.clock.move(REST_S + 60)
        assert (await day.look()).state is BatchState.COMPLETE
        assert day.lines() == sorted({*ended, "first"})
        assert day.summary()["succeeded"] == len(ended) + 1
        chunks = [chunk async for chunk in day.memory.deployment.chunks.of_batch(DAY)]
        assert sum(chunk.counts.ended for chunk in chunks) == len(ended) + 1
        assert len(chunks) <= DIRECT_CHUNKS

    asyncio.run(run())
