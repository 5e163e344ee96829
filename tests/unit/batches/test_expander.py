"""Chunks become messages a little ahead of the work: who may send how much, and what is sent again."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from reelsift.aws.hold_switch import HoldSwitch
from reelsift.aws.reviews import Reviews
from reelsift.batches.send.chunk_cache import ChunkCache
from reelsift.batches.send.chunk_sender import ChunkSender
from reelsift.batches.send.expander import Expander
from reelsift.batches.send.known_outcomes import KnownOutcomes
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, BatchState, Chunk, Counts, chunk_key
from reelsift.domain.failure import Reason
from reelsift.domain.hold import Kind
from reelsift.domain.job import StartSettings
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.video import ObjectRef
from reelsift.manifests.chunks import ChunkWriter
from reelsift.manifests.manifest_row import BadRow, GoodRow, ManifestRow
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.faults import Faults
from reelsift.runtime.holds import Holds
from reelsift.runtime.timings import Timings
from support.clocks import SetClock
from support.live import always
from support.memory_stores import (
    BUCKET,
    FixedQuota,
    MemoryBatches,
    MemoryChunks,
    MemoryJobs,
    MemoryMetrics,
    MemoryOutcomes,
    MemoryQueue,
    MemoryWork,
    settings,
)
from support.memory_table import MemoryTable

SLOTS = 10
WINDOW = 2 * SLOTS + 50


class Sending:
    """A worker's expander, and all that it reads and writes."""

    def __init__(self, **options: Any) -> None:
        self.clock = SetClock()
        self.settings = settings(**options)
        self.batches = MemoryBatches()
        self.chunks = MemoryChunks()
        self.outcomes = MemoryOutcomes(self.chunks)
        self.work = MemoryWork()
        self.intake, self.priority = MemoryQueue(), MemoryQueue()
        self.metrics = MemoryMetrics()
        self.hold_switch = HoldSwitch(MemoryTable("batches"))
        self.stop = asyncio.Event()

    def expander(self) -> Expander:
        """Of another worker each time."""
        start = StartSettings("reelsift", self.settings.completions_topic_arn, self.settings.rekognition_role_arn)
        sender = ChunkSender(
            chunks=self.chunks,
            outcomes=self.outcomes,
            known_outcomes=KnownOutcomes(
                jobs=MemoryJobs(),
                reviews=Reviews(MemoryTable("reviews"), with_events=False),
                untagged=None,
                needs=always(frozenset({Analysis.CONTENT_MODERATION})),
                settings=self.settings,
                start_settings=start,
                clock=self.clock,
            ),
            intake=self.intake,
            priority=self.priority,
            faults=Faults(self.metrics),
            settings=self.settings,
            stop=self.stop,
            clock=self.clock,
        )
        return Expander(
            chunks=self.chunks,
            quota=FixedQuota(SLOTS),
            cache=ChunkCache(self.work, self.outcomes),
            sender=sender,
            active_batches=ActiveBatches(self.batches, clock=self.clock),
            holds=Holds(self.hold_switch, Timings(), self.clock),
            faults=Faults(self.metrics),
            settings=self.settings,
            stop=self.stop,
            timings=Timings(),
            clock=self.clock,
        )

    async def step(self) -> None:
        await self.expander().step()

    async def submit(self, name: str, rows: int | Sequence[ManifestRow], *, size: int = 10_000, **members: Any) -> None:
        if isinstance(rows, int):
            rows = [GoodRow(row, ObjectRef(BUCKET, f"{row}.mp4")) for row in range(1, rows + 1)]
        writer = ChunkWriter(limit=size)
        files = list(writer.add("m.csv", rows))
        last = writer.close()
        files += [last] if last else []
        now = self.clock.now_ms()
        for file in files:
            key = chunk_key(name, file.number)
            await self.work.put(key, file.body, "application/gzip")
            await self.chunks.add(Chunk(name, file.number, Counts(), file.lines, source_key=key, due_at_ms=now))
        self.batches.rows[name] = Batch(name, name, "m.csv", now, len(rows), len(files), **members)

    def sent(self, queue: MemoryQueue | None = None) -> dict[str, list[str]]:
        """The lines that are on a queue, by batch, in the order in which they were sent."""
        lines: dict[str, list[str]] = {}
        for body in (queue or self.intake).bodies:
            message = json.loads(body)
            lines.setdefault(message["batch"], []).append(message["line"])
        return lines

    async def end(self, name: str, chunk: int, lines: Sequence[str]) -> None:
        """What becomes of lines that were sent."""
        ids = [LineId(name, line, chunk) for line in lines]
        ref, now = ObjectRef(BUCKET, "a.mp4"), self.clock.now_ms()
        await self.outcomes.record([Outcome(line_id, ref, OutcomeStatus.SUCCEEDED, now) for line_id in ids])

    def pass_lease(self) -> None:
        self.clock.move(self.settings.expand_lease_s + 1)

    def pass_stall(self) -> None:
        self.clock.move(self.settings.stall_s + 1)


@pytest.fixture
def sending() -> Sending:
    return Sending()


def names(first: int, last: int) -> list[str]:
    return [f"m.csv:{row}" for row in range(first, last + 1)]


async def test_a_huge_batch_is_sent_a_little_ahead_of_the_work(sending: Sending) -> None:
    await sending.submit("a", 1000)
    await sending.step()
    assert sorted(sending.sent()["a"]) == sorted(names(1, WINDOW))
    chunk = sending.chunks[0]
    assert (chunk.sent, chunk.claimed, chunk.in_flight) == (WINDOW, WINDOW, WINDOW)


async def test_the_setting_says_how_many_lines_are_sent_ahead() -> None:
    sending = Sending(lines_ahead=20)
    await sending.submit("a", 1000)
    await sending.step()
    assert len(sending.sent()["a"]) == 20


async def test_more_is_sent_as_lines_end(sending: Sending) -> None:
    await sending.submit("a", 1000)
    await sending.step()
    await sending.end("a", 0, names(1, 40))
    await sending.step()
    assert sorted(sending.sent()["a"]) == sorted(names(1, WINDOW + 40))


async def test_batches_of_equal_priority_share_the_window(sending: Sending) -> None:
    for name in ("a", "b"):
        await sending.submit(name, 1000)
    await sending.step()
    assert {name: len(lines) for name, lines in sending.sent().items()} == {"a": WINDOW / 2, "b": WINDOW / 2}


async def test_an_urgent_batch_has_the_priority_queue_and_a_window_of_its_own(sending: Sending) -> None:
    await sending.submit("a", 1000)
    await sending.submit("urgent", 1000, priority=1)
    await sending.step()
    assert len(sending.sent(sending.priority)["urgent"]) == WINDOW
    assert set(sending.sent()) == {"a"}


async def test_the_next_chunk_follows_where_there_is_room(sending: Sending) -> None:
    await sending.submit("a", 50, size=20)
    await sending.step()
    assert sorted(sending.sent()["a"]) == sorted(names(1, 50))


@pytest.mark.parametrize("state", [BatchState.PAUSING, BatchState.PAUSED, BatchState.CANCELLING])
async def test_of_a_batch_that_is_held_or_cancelled_nothing_is_begun(sending: Sending, state: BatchState) -> None:
    await sending.submit("a", 100, state=state)
    await sending.step()
    assert sending.sent() == {}


async def test_rows_without_an_object_end_without_a_message(sending: Sending) -> None:
    bad = BadRow(2, "no key", ",")
    await sending.submit("a", [GoodRow(1, ObjectRef(BUCKET, "1.mp4")), bad, GoodRow(3, ObjectRef("other", "3.mp4"))])
    await sending.step()
    assert sending.sent() == {"a": ["m.csv:1"]}
    reasons = {name: outcome.reason for name, outcome in sending.outcomes.rows.items()}
    assert reasons == {"m.csv:2": Reason.BAD_LINE, "m.csv:3": Reason.BUCKET_NOT_ALLOWED}


async def test_a_complete_chunk_is_handed_to_the_reporter(sending: Sending) -> None:
    await sending.submit("a", 10)
    await sending.step()
    await sending.end("a", 0, names(1, 10))
    await sending.step()
    assert sending.chunks.open == {("a", 0): "report"}


async def test_lines_that_a_dead_worker_had_taken_on_are_sent_by_another(sending: Sending) -> None:
    await sending.submit("a", 1000)
    now = sending.clock.now_ms()
    lease_ms = int(sending.settings.expand_lease_s * 1000)
    await sending.chunks.claim_lines(sending.chunks[0], WINDOW, due_at_ms=now + lease_ms)
    await sending.step()
    assert sending.sent() == {}, "its lease has not run out"
    sending.pass_lease()
    await sending.step()
    assert sorted(sending.sent()["a"]) == sorted(names(1, WINDOW))


async def test_of_workers_that_take_on_the_same_lines_one_sends_them(sending: Sending) -> None:
    await sending.submit("a", 40)
    await asyncio.gather(*(sending.step() for _ in range(3)))
    assert sorted(sending.sent()["a"]) == sorted(names(1, 40))


async def test_lost_lines_are_sent_again_and_ended_ones_are_not(sending: Sending) -> None:
    await sending.submit("a", 10)
    await sending.step()
    await sending.end("a", 0, names(1, 4))
    sending.pass_stall()
    await sending.step()
    assert sending.chunks[0].rewound == 0, "lines have ended since the last check: it is not stalled"
    sending.intake.bodies.clear()
    sending.pass_stall()
    await sending.step()
    assert sending.chunks[0].rewound == 1
    await sending.step()
    assert sorted(sending.sent()["a"], key=lambda name: int(name[6:])) == names(5, 10)


async def test_lines_that_wait_because_starts_are_held_are_not_lost_and_have_all_their_time_once_released(
    sending: Sending,
) -> None:
    await sending.submit("b", 30)
    await sending.step()
    before = sending.sent()
    await sending.hold_switch.hold([Kind.STARTS], by="me", note="", now_ms=sending.clock.now_ms())
    for _ in range(3):
        sending.pass_stall()
        await sending.step()
    assert sending.sent() == before
    await sending.hold_switch.release([Kind.STARTS], by="me", note="", now_ms=sending.clock.now_ms())
    await sending.step()
    assert sending.sent() == before
    sending.pass_stall()
    await sending.step()
    await sending.step()
    assert len(sending.sent()["b"]) == 2 * len(before["b"])


async def test_dropped_lines_are_sent_again_at_once_when_their_batch_goes_on(sending: Sending) -> None:
    await sending.submit("a", 10)
    await sending.step()
    sending.intake.bodies.clear()
    sending.chunks.put(replace(sending.chunks[0], resend=True), "chunk")
    paused = sending.batches.rows["a"] = replace(sending.batches["a"], state=BatchState.PAUSED)
    await sending.step()
    assert sending.sent() == {}
    sending.batches.rows["a"] = replace(paused, state=BatchState.ACTIVE)
    for _ in range(2):
        await sending.step()
    assert len(sending.sent()["a"]) == 10
    assert not sending.chunks[0].resend


async def test_a_damaged_chunk_holds_up_no_neighbour(sending: Sending) -> None:
    await sending.submit("a", 40, size=20)
    await sending.work.put(chunk_key("a", 0), b"damaged", "application/gzip")
    expander = sending.expander()
    for _ in range(2):
        await expander.step()
    assert sorted(sending.sent()["a"]) == sorted(names(21, 40))


async def test_a_worker_that_stops_leaves_the_lines_to_others_at_once(sending: Sending) -> None:
    await sending.submit("a", 1000)
    sending.stop.set()
    await sending.step()
    sending.stop.clear()
    sent = len(sending.sent().get("a", []))
    await sending.step()
    assert len(sending.sent()["a"]) == WINDOW
    assert sent == 0
