"""Forgotten videos leave outcomes and reports: whatever is left of them says how a line ended, and what it cost."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from pyarrow.parquet import read_table  # type: ignore[import-untyped]

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.forgotten import PASS_EVERY_MS, SEALED_EVERY_MS, ForgottenVideos
from reelsift.aws.jobs import Jobs
from reelsift.aws.open_index import OpenIndex
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.review_rows import sealing_at_once
from reelsift.aws.reviews import Reviews
from reelsift.aws.sealed_rows import SealedRows
from reelsift.aws.seals import Seals
from reelsift.aws.topics import Announcements
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, BatchState, Chunk, Counts
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome, TopLabel
from reelsift.domain.result import encode_result, key_of_result
from reelsift.domain.segments import Segment
from reelsift.domain.video import ObjectRef
from reelsift.manifests.chunks import ChunkWriter
from reelsift.manifests.manifest_row import GoodRow
from reelsift.reporting import lines
from reelsift.reporting.batch_report import BatchReports
from reelsift.reporting.chunk_report import ChunkReports
from reelsift.reporting.contents import ContentsReader
from reelsift.reporting.erasure import Erasure
from reelsift.reporting.hidden_videos import HiddenVideos
from reelsift.reporting.lines import LineSource
from reelsift.reporting.segment_dataset import SegmentDataset
from reelsift.reports import report_keys
from reelsift.reports.completion_mail import CompletionMail
from reelsift.runtime.faults import Faults
from reelsift.runtime.lease import Lease
from reelsift.runtime.timings import Timings
from support.clocks import SetClock
from support.memory_stores import MemoryMetrics, MemoryWork
from support.memory_table import MemoryTable

MODERATION = Analysis.CONTENT_MODERATION
SEEN = "Nobody should read this"


class NotedAnnouncements(Announcements):
    """Notes the mails."""

    def __init__(self) -> None:
        self.mails: list[CompletionMail] = []

    async def completed(self, mail: CompletionMail) -> None:
        self.mails.append(mail)


class Archive:
    """A batch of two chunks with three lines each, reported and over; a line is of the video of its number."""

    def __init__(self, *, ahead_ms: int = 0) -> None:
        """`ahead_ms` is by how much the clock of whoever submitted the batch is ahead."""
        self.clock = SetClock()
        self.stop = asyncio.Event()
        self.tables = {name: MemoryTable(name) for name in ("batches", "outcomes", "jobs", "reviews", "sealed")}
        open_index = OpenIndex(self.tables["batches"])
        self.batches = Batches(self.tables["batches"], open_index)
        self.chunks = Chunks(self.tables["batches"], open_index, self.batches)
        self.metrics = MemoryMetrics()
        self.outcomes = Outcomes(self.tables["outcomes"], self.batches, self.chunks, self.metrics)
        self.forgotten = ForgottenVideos(self.tables["batches"], open_index)
        self.hidden = HiddenVideos(Seals(self.tables["reviews"]), self.forgotten)
        self.sealed_rows: SealedRows | None = SealedRows(self.tables["sealed"])
        self.work = MemoryWork()
        self.topic = NotedAnnouncements()
        self.batch = Batch("b1", "b", "m.csv", self.clock.now_ms() + ahead_ms, total=6, chunks=2)
        self.chunk_reports = ChunkReports(
            self.chunks, self.work, LineSource(self.outcomes, self.work, self.hidden), SegmentDataset(self.work)
        )
        self.batch_reports = BatchReports(
            batches=self.batches,
            chunks=self.chunks,
            work=self.work,
            chunk_reports=self.chunk_reports,
            contents=ContentsReader(
                jobs=Jobs(self.tables["jobs"]),
                reviews=Reviews(self.tables["reviews"], with_events=False),
                work=self.work,
                deployment="reelsift",
                with_segments=True,
                clock=self.clock,
            ),
            announcements=self.topic,
            metrics=self.metrics,
            faults=Faults(self.metrics),
            region="eu-west-1",
            clock=self.clock,
        )

    @classmethod
    async def made(cls, state: BatchState = BatchState.COMPLETE, *, ahead_ms: int = 0) -> "Archive":
        archive = cls(ahead_ms=ahead_ms)
        await archive.batches.create(archive.batch)
        for number in range(2):
            await archive._chunk(number)
        if state is BatchState.COMPLETE:
            completing = await archive.batches.change(
                archive.batch, state=BatchState.COMPLETING, due_at_ms=archive.clock.now_ms()
            )
            await archive.batch_reports.end(archive.leased(completing, archive.batches.change))
        archive.topic.mails.clear()
        return archive

    def leased(self, row: Any, write: Callable[..., Any]) -> Lease[Any]:
        return Lease(row, write, seconds=120, left_s=120, clock=self.clock, stop=self.stop)

    async def _chunk(self, number: int) -> None:
        source_key = f"batches/b1/chunks/{number:09d}.jsonl.gz"
        names = [f"m.csv:{1 + 3 * number + place}" for place in range(3)]
        refs = [ObjectRef("videos", f"in/{SEEN}/{name}") for name in names]
        file = ChunkWriter()
        list(file.add("m.csv", [GoodRow(1 + 3 * number + place, ref) for place, ref in enumerate(refs)]))
        packed = file.close()
        assert packed is not None
        self.work.objects[source_key] = packed.body
        now_ms = self.clock.now_ms()
        chunk = Chunk("b1", number, Counts(), total=3, source_key=source_key, due_at_ms=now_ms)
        await self.chunks.add(chunk)
        await self.outcomes.record([self.outcome(number, place, ref) for place, ref in enumerate(refs)])
        stored = await self.chunks.get("b1", number)
        assert stored is not None
        lease = self.leased(await self.chunks.to_report(stored, now_ms=now_ms), self.chunks.claim_report)
        await lease.claim()
        await self.chunk_reports.write(self.batch, lease)

    def outcome(self, chunk: int, place: int, ref: ObjectRef) -> Outcome:
        video_id = video(3 * chunk + place)
        name = f"{MODERATION}/1-ab12cd34"
        head = {"analysis": str(MODERATION), "attempt": 1, "job_id": "j", "model_version": "7.0", "duration_ms": 9}
        segments = [Segment(MODERATION, SEEN, (), 0, 1_000, 2, 90.0, 80.0, 500)]
        self.work.objects[key_of_result(video_id, name)] = encode_result(head, segments)
        return Outcome(
            id=LineId("b1", f"m.csv:{1 + 3 * chunk + place}", chunk),
            ref=ref,
            status=OutcomeStatus.SUCCEEDED,
            finished_ms=self.clock.now_ms(),
            video_id=video_id,
            verdict="reject",
            peak_analysis=MODERATION,
            peak_label=SEEN,
            peak_confidence=90.0,
            billed_ms=60_000,
            cost_micros=100_000,
            top_labels=(TopLabel(MODERATION, SEEN, 90.0),),
            results=(name,),
        )

    def erasure(self) -> Erasure:
        """Of another worker each time."""
        return Erasure(
            forgotten=self.forgotten,
            batches=self.batches,
            chunks=self.chunks,
            outcomes=self.outcomes,
            work=self.work,
            chunk_reports=self.chunk_reports,
            batch_reports=self.batch_reports,
            sealed_rows=self.sealed_rows,
            seal_check=self.is_sealed,
            faults=Faults(self.metrics),
            stop=self.stop,
            timings=Timings(),
            clock=self.clock,
        )

    async def is_sealed(self, _video_id: str) -> bool:
        return True

    async def forget(self, number: int) -> None:
        """What the command does, as far as it matters here."""
        await self.forgotten.note(video(number), now_ms=self.clock.now_ms())
        for key in [key for key in self.work.objects if f"/{video(number)}/" in key]:
            del self.work.objects[key]

    def lines(self, chunk: int) -> list[str]:
        """The videos that stand in the Parquet of a chunk's lines."""
        return self.ids(report_keys.lines_key(self.batch, chunk))

    def segments(self, chunk: int) -> list[str]:
        return self.ids(report_keys.segments_key(self.batch, chunk))

    def summary(self, batch_id: str = "b1") -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.work.objects[report_keys.summary_key(batch_id)])
        return found

    def ids(self, key: str) -> list[str]:
        return [str(value) for value in read_table(BytesIO(self.work.objects[key]))["video_id"].to_pylist()]

    def whole(self, batch_id: str = "b1") -> bool:
        """Whether every file of the report is as the summary names it."""
        files = self.summary(batch_id)["files"]
        return all(hashlib.md5(self.work.objects[file["key"]]).hexdigest() == file["md5"] for file in files)  # noqa: S324


def video(number: int) -> str:
    return f"{number:040x}"


async def test_a_forgotten_video_leaves_the_reports_and_its_neighbours_stay() -> None:
    archive = await Archive.made()
    before = dict(archive.work.objects)
    await archive.forget(1)
    await archive.erasure().step()
    assert archive.lines(0) == archive.segments(0) == [video(0), video(2)]
    kept = report_keys.lines_key(archive.batch, 1)
    assert archive.work.objects[kept] == before[kept]
    assert archive.whole()
    assert archive.summary()["succeeded"] == 6
    assert archive.topic.mails == []
    row = await archive.outcomes.get(LineId("b1", "m.csv:2", 0))
    assert row is not None
    assert (row.forgotten, row.billed_ms, row.status) == (True, 60_000, OutcomeStatus.SUCCEEDED)
    told = json.dumps(
        [dict(row) for row in archive.tables["outcomes"].rows.values() if row["line"] == "m.csv:2"], default=str
    )
    assert SEEN not in told
    assert video(1) not in told
    assert await archive.forgotten.noted() == {}


async def test_it_leaves_a_batch_that_says_it_is_of_tomorrow_too() -> None:
    archive = await Archive.made(ahead_ms=24 * 3_600_000)
    await archive.forget(1)
    await archive.erasure().step()
    assert archive.lines(0) == [video(0), video(2)]
    assert await archive.forgotten.noted() == {}


async def test_a_batch_that_is_under_way_is_reported_without_them_and_not_ended() -> None:
    archive = await Archive.made(BatchState.ACTIVE)
    await archive.forget(4)
    await archive.erasure().step()
    assert archive.lines(1) == [video(3), video(5)]
    assert report_keys.summary_key("b1") not in archive.work.objects
    batch = await archive.batches.get("b1")
    assert batch is not None
    assert batch.state is BatchState.ACTIVE


async def test_lines_of_no_manifest_leave_the_pieces_of_their_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "CHUNK_LINES", 2)
    archive, day, now_ms = Archive(), "direct-2096-10-02", SetClock().now_ms()
    refs = [ObjectRef("videos", f"in/{number}") for number in range(3)]
    outcomes = [replace(archive.outcome(0, n, ref), id=LineId(day, f"line-{n}", 0)) for n, ref in enumerate(refs)]
    await archive.outcomes.record(outcomes)
    batch, chunk = await archive.batches.get(day), await archive.chunks.get(day, 0)
    assert batch is not None
    assert chunk is not None
    await archive.chunks.close(chunk, now_ms=now_ms)
    (closed,) = await archive.chunks.due_reports(now_ms, 1)
    lease = archive.leased(closed, archive.chunks.claim_report)
    await lease.claim()
    await archive.chunk_reports.write(batch, lease)
    completing = await archive.batches.change(batch, state=BatchState.COMPLETING, due_at_ms=now_ms)
    await archive.batch_reports.end(archive.leased(completing, archive.batches.change))

    def reported() -> list[list[str]]:
        return [archive.ids(report_keys.lines_key(batch, 0, piece)) for piece in range(2)]

    assert reported() == [[video(0), video(1)], [video(2)]]
    await archive.forget(1)
    await archive.erasure().step()
    assert reported() == [[video(0)], [video(2)]]
    assert archive.whole(day)


async def test_what_a_new_analysis_found_after_that_stays() -> None:
    archive = await Archive.made()
    await archive.forget(1)
    archive.clock.move(60)
    again = Batch("b2", "b", "n.csv", archive.clock.now_ms(), total=1, chunks=1)
    await archive.batches.create(again)
    later = replace(archive.outcome(0, 1, ObjectRef("videos", "in/again")), id=LineId("b2", "n.csv:1", 0))
    await archive.outcomes.record([later])
    await archive.erasure().step()
    stays = await archive.outcomes.get(later.id)
    assert stays is not None
    assert not stays.forgotten


def spoilt(body: bytes) -> bytes:
    """The same file with its pages overwritten: Arrow tells of that as if a disk had failed."""
    return body[:4] + bytes(len(body) - 2_000) + body[-1_996:]


@pytest.mark.parametrize("damage", [spoilt, lambda body: body[:-1], lambda _: b"somebody's notes"])
async def test_a_report_that_somebody_has_damaged_is_written_anew_and_holds_nobody_back(
    damage: Callable[[bytes], bytes],
) -> None:
    archive = await Archive.made()
    key = report_keys.lines_key(archive.batch, 0)
    archive.work.objects[key] = damage(archive.work.objects[key])
    await archive.forget(1)
    await archive.forget(4)
    await archive.erasure().step()
    assert archive.lines(0) == [video(0), video(2)]
    assert archive.lines(1) == [video(3), video(5)]
    assert archive.whole()
    assert await archive.forgotten.noted() == {}


async def test_a_batch_that_the_program_fails_over_keeps_no_video_in_the_others_and_is_tried_with_the_next_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    archive = await Archive.made()
    archive.clock.move(60)
    newer = Batch("b2", "b", "n.csv", archive.clock.now_ms(), total=1, chunks=1)
    await archive.batches.create(newer)
    row = replace(archive.outcome(0, 1, ObjectRef("videos", "in/again")), id=LineId("b2", "n.csv:1", 0))
    await archive.outcomes.record([row])
    archive.clock.move(60)
    await archive.forget(1)
    of_videos = archive.outcomes.of_videos

    def fails(batch_id: str, *values: Any) -> Any:
        if batch_id == "b2":
            raise KeyError("of_a_later_version")
        return of_videos(batch_id, *values)

    with monkeypatch.context() as patched:
        patched.setattr(archive.outcomes, "of_videos", fails)
        await archive.erasure().step()
    assert archive.lines(0) == [video(0), video(2)]
    assert archive.metrics.counted["ProgramFailures",] == 1
    assert await archive.forgotten.noted() != {}
    assert await archive.forgotten.due(archive.clock.now_ms()) is None
    archive.clock.move(PASS_EVERY_MS / 1000)
    await archive.erasure().step()
    erased = await archive.outcomes.get(row.id)
    assert erased is not None
    assert erased.forgotten
    assert await archive.forgotten.noted() == {}


async def test_whoever_goes_on_with_a_pass_knows_of_the_batch_that_was_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    archive = await Archive.made()
    await archive.forget(1)

    async def fails(*_: Any) -> int:
        raise KeyError

    async def dies(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Erasure, "_erase_batch", fails)
        patched.setattr(archive.forgotten, "end", dies)
        with pytest.raises(Killed):
            await archive.erasure().step()
    archive.clock.move(Timings().report_lease_s + 1)
    await archive.erasure().step()
    assert await archive.forgotten.noted() != {}


class Killed(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("step", range(12))
async def test_a_worker_that_dies_at_any_step_leaves_the_rest_to_another(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = await Archive.made()
    await archive.forget(1)
    await archive.forget(5)
    done = count()

    def dying(method: Callable[..., Any]) -> Callable[..., Any]:
        async def dies(*values: Any, **named: Any) -> Any:
            if next(done) == step:
                raise Killed
            return await method(*values, **named)

        return dies

    with monkeypatch.context() as patched:
        patched.setattr(archive.work, "put", dying(archive.work.put))
        patched.setattr(archive.outcomes, "forget", dying(archive.outcomes.forget))
        patched.setattr(archive.chunks, "reported_anew", dying(archive.chunks.reported_anew))
        patched.setattr(archive.forgotten, "mark_report", dying(archive.forgotten.mark_report))
        patched.setattr(archive.forgotten, "end", dying(archive.forgotten.end))
        with pytest.raises(Killed):
            await archive.erasure().step()
    archive.clock.move(Timings().report_lease_s + 1)
    await archive.erasure().step()
    assert archive.lines(0) == archive.segments(0) == [video(0), video(2)]
    assert archive.lines(1) == archive.segments(1) == [video(3), video(4)]
    assert archive.whole()
    assert await archive.forgotten.noted() == {}
    assert [batch async for batch in archive.forgotten.marked_reports()] == []


async def test_the_next_pass_begins_a_day_after_the_last_and_finds_what_came_meanwhile() -> None:
    archive = await Archive.made()
    await archive.forget(0)
    await archive.erasure().step()
    archive.clock.move(3600)
    await archive.forget(1)
    await archive.erasure().step()
    assert archive.lines(0) == [video(1), video(2)]
    archive.clock.move(PASS_EVERY_MS / 1000)
    await archive.erasure().step()
    assert archive.lines(0) == [video(2)]


async def test_what_is_forgotten_while_a_pass_runs_is_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = await Archive.made()
    await archive.forget(0)
    put = archive.work.put

    async def meanwhile(key: str, body: bytes, content_type: str) -> None:
        monkeypatch.setattr(archive.work, "put", put)
        archive.clock.move(1)
        await archive.forget(4)
        await put(key, body, content_type)

    monkeypatch.setattr(archive.work, "put", meanwhile)
    await archive.erasure().step()
    assert set(await archive.forgotten.noted()) == {video(4)}
    archive.clock.move(PASS_EVERY_MS / 1000)
    await archive.erasure().step()
    assert archive.lines(1) == [video(3), video(5)]


async def test_two_workers_do_not_go_over_the_archive_at_once() -> None:
    archive = await Archive.made()
    await archive.forget(1)
    erasure = await archive.forgotten.due(archive.clock.now_ms())
    assert erasure is not None
    await archive.forgotten.change(erasure, due_at_ms=archive.clock.now_ms() + 1000)
    assert await archive.forgotten.due(archive.clock.now_ms()) is None
    await archive.erasure()._go_over(erasure)
    assert archive.lines(0) == [video(0), video(1), video(2)]


async def test_without_anything_forgotten_nothing_is_read() -> None:
    archive = await Archive.made()
    await archive.erasure().step()
    assert await archive.forgotten.due(archive.clock.now_ms()) is None


async def test_lines_of_a_sealed_video_are_moved_at_once_and_come_back_when_the_seal_is_taken_away() -> None:
    archive = await Archive.made()
    before = archive.tables["outcomes"].rows["b1#0", "m.csv:2"]
    await archive.forgotten.note_sealed(video(1), now_ms=archive.clock.now_ms())
    # Later outcomes of it are of the seal as well.
    before["finished_ms"] += 10**9
    kept = dict(before)
    await archive.erasure().step()
    assert archive.lines(0) == [video(0), video(2)]
    assert archive.sealed_rows is not None
    (sealed,) = [row async for row in archive.sealed_rows.of_video(video(1))]
    assert (sealed.table, sealed.row) == ("outcomes", kept)
    left = archive.tables["outcomes"].rows["b1#0", "m.csv:2"]
    assert left["forgotten"]
    assert "video_id" not in left
    # The way back, within the hour: it waits for the next pass, which rewrites this chunk alone.
    await archive.outcomes.bring_back(sealed.row)
    await archive.forgotten.unsealed(video(1), {archive.outcomes.chunk_of(sealed.row)}, now_ms=archive.clock.now_ms())
    await archive.erasure().step()
    assert archive.lines(0) == [video(0), video(2)]
    archive.clock.move(SEALED_EVERY_MS / 1000)
    await archive.erasure().step()
    assert archive.lines(0) == [video(0), video(1), video(2)]
    assert await archive.forgotten.marked_chunks() == frozenset()


async def test_a_pass_that_waits_for_its_day_comes_sooner_for_a_sealed_video() -> None:
    archive = await Archive.made()
    await archive.forget(4)
    await archive.erasure().step()
    await archive.forget(5)
    assert await archive.forgotten.due(archive.clock.now_ms()) is None
    archive.clock.move(SEALED_EVERY_MS / 1000)
    assert await archive.forgotten.due(archive.clock.now_ms()) is None
    await archive.forgotten.note_sealed(video(0), now_ms=archive.clock.now_ms())
    assert await archive.forgotten.due(archive.clock.now_ms()) is not None


async def test_lines_of_a_video_that_is_sealed_no_more_stay_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = await Archive.made()
    await archive.forgotten.note_sealed(video(1), now_ms=archive.clock.now_ms())
    erasure = archive.erasure()

    async def taken_away(video_id: str) -> bool:
        await archive.forgotten.unsealed(video_id, (), now_ms=archive.clock.now_ms())
        return False

    monkeypatch.setattr(erasure, "_seal_check", taken_away)
    await erasure.step()
    assert "forgotten" not in archive.tables["outcomes"].rows["b1#0", "m.csv:2"]
    assert archive.lines(0) == [video(0), video(1), video(2)]


async def test_without_a_place_for_them_lines_of_sealed_videos_wait() -> None:
    archive = await Archive.made()
    archive.sealed_rows = None
    await archive.forgotten.note_sealed(video(1), now_ms=archive.clock.now_ms())
    await archive.erasure().step()
    assert "forgotten" not in archive.tables["outcomes"].rows["b1#0", "m.csv:2"]
    assert set(await archive.forgotten.noted()) == {video(1)}


async def test_no_report_has_a_line_of_a_video_that_is_sealed_just_now() -> None:
    archive = await Archive.made()
    source = LineSource(archive.outcomes, archive.work, archive.hidden)
    chunk = await archive.chunks.get("b1", 0)
    assert chunk is not None
    archive.tables["reviews"].rows[video(2), "status"] = {
        "video_id": video(2),
        "part": "status",
        "sealed": True,
        **sealing_at_once(video(2), 1),
    }
    await archive.forgotten.note_sealed(video(1), now_ms=archive.clock.now_ms())
    read = await source.lines(chunk, final=True)
    assert [line.outcome.video_id for line in read.lines] == [video(0)]
