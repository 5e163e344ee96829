"""The outcomes table: what became of each line."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import structlog

from reelsift.aws.batches import BatchChanged, Batches, is_ending
from reelsift.aws.chunks import Chunks
from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.gathered import Gathered
from reelsift.aws.metrics import Metrics
from reelsift.aws.table import ConditionFailed, Item, Table, TransactionRefused
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, Counts
from reelsift.domain.context import LEFT_OUT, Context, context_text, read_context_text
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Before, Outcome, TopLabel
from reelsift.domain.video import ObjectRef

TRANSACTION_LINES = 99
"""A transaction has 100 items (DynamoDB): so many outcomes, and their chunk's counts."""

REOPENED_LINES = 98
"""Lines that one transaction opens again: besides them it holds their chunk's counts and their batch."""

_NOT_YET = "attribute_not_exists(#line) OR (attribute_not_exists(#status) AND #round <= :round)"
"""An outcome that is there stays. A row without a status is a line reopened for the round it names: what an older
round still writes is dropped.
"""

_OF_THE_VIDEO = (
    *("bucket", "key", "version_id", "etag", "video_id", "message", "verdict", "video_status", "duration_ms"),
    *("context", "before", "peak_analysis", "peak_label", "peak_confidence", "top_labels", "result_from_uri"),
    "results",
)
"""What of an outcome says which video it was, or what is to be seen in it."""

_log = structlog.get_logger(__name__)

_PROGRESS = ("line", "status", "round", "reopened_ms", "billed_ms", "cost_micros")


@dataclass(slots=True)
class ChunkProgress:
    """How far the lines of a chunk are: those with an outcome, and of each reopened one its round and since when
    (epoch milliseconds). `paid` are the video time (milliseconds) and the money (millionths of a dollar) that earlier
    rounds of a reopened line have cost, where they cost anything.
    """

    ended: set[str] = field(default_factory=set)
    reopened: dict[str, tuple[int, int]] = field(default_factory=dict)
    paid: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line that was opened again and has no outcome yet, in the round of its `id`.

    `paid_ms` and `paid_micros` are what its earlier rounds have cost: its outcome is to count all of it. `analyses` are
    those that it asked for, where it had met its jobs. `context` is what it brought along.
    """

    id: LineId
    ref: ObjectRef
    video_id: str | None = None
    paid_ms: int = 0
    paid_micros: int = 0
    analyses: tuple[Analysis, ...] = ()
    context: Context | None = field(default=None, hash=False)


class Outcomes:
    """Reads and writes of outcomes, which stand under `batch#chunk`."""

    def __init__(self, table: Table, batches: Batches, chunks: Chunks, metrics: Metrics) -> None:
        self.table = table
        self._batches = batches
        self._chunks = chunks
        self._metrics = metrics
        self._single: Gathered[Outcome, bool] = Gathered(self._record_singles, items=TRANSACTION_LINES, at_once=1)

    async def record(self, outcomes: Sequence[Outcome]) -> int:
        """Write outcomes together with their chunks' counts, each line once. Returns how many were new.

        An outcome that exists already is dropped from its transaction, so that it is neither changed nor counted
        twice. A batch that nobody submitted, of lines pushed straight onto the queue, begins with its first outcome.
        Single outcomes that come while others are written share transactions: each of a chunk changes its counts' row,
        and two that did so at a time would only meet.
        """
        if len(outcomes) == 1:
            return int(await self._single.add(outcomes[0]))
        return len(await self._record(outcomes))

    async def _record_singles(self, outcomes: Sequence[Outcome]) -> Sequence[bool]:
        """Whether each of them was new."""
        new: set[int] = set()
        pending = list(outcomes)
        while pending:
            # Rounds of one line are written one after the other, as they came: the later one is not to be lost.
            lines = {(one.id.batch_id, one.id.chunk, one.id.line): one for one in reversed(pending)}
            new |= {id(one) for one in await self._record(list(lines.values()))}
            pending = [one for one in pending if lines[one.id.batch_id, one.id.chunk, one.id.line] is not one]
        return [id(one) in new for one in outcomes]

    async def _record(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Write outcomes, a chunk after the other; returns those that were new."""
        recorded: list[Outcome] = []
        chunks: dict[tuple[str, int], dict[str, Outcome]] = {}
        for outcome in outcomes:
            chunks.setdefault((outcome.id.batch_id, outcome.id.chunk), {}).setdefault(outcome.id.line, outcome)
        for (batch_id, chunk), lines in chunks.items():
            await self._batches.ensure(batch_id, now_ms=min(outcome.finished_ms for outcome in lines.values()))
            pending = list(lines.values())
            for start in range(0, len(pending), TRANSACTION_LINES):
                recorded += await self._record_chunk(batch_id, chunk, pending[start : start + TRANSACTION_LINES])
        return recorded

    async def _record_chunk(self, batch_id: str, chunk: int, outcomes: list[Outcome]) -> list[Outcome]:
        while outcomes:
            parts: dict[LineId | str, Item] = {
                outcome.id: self.table.transact_put(_outcome_row(outcome), _NOT_YET, round=outcome.id.round)
                for outcome in outcomes
            }
            last_ms = max(outcome.finished_ms for outcome in outcomes)
            parts["counts"] = self._chunks.count_item(batch_id, chunk, count(outcomes), at_ms=last_ms)
            try:
                await self.table.transact(parts)
            except TransactionRefused as refusal:
                outcomes = [outcome for outcome in outcomes if outcome.id not in refusal.parts]
                if "counts" in refusal.parts and outcomes:
                    await self._take_lines(batch_id, chunk, now_ms=last_ms)
            else:
                for status, lines in Counter(outcome.status for outcome in outcomes).items():
                    self._metrics.count("Outcomes", lines, Status=status)
                cut = sum(LEFT_OUT in (outcome.context or ()) for outcome in outcomes)
                if cut:
                    self._metrics.count("ContextLeftOut", cut)
                break
        return outcomes

    async def _take_lines(self, batch_id: str, chunk: int, *, now_ms: int) -> None:
        """Let a chunk take lines that has taken none yet, or none any more. Somebody else may have done it, or have
        changed the batch meanwhile: the caller tries its transaction again in any case.
        """
        batch = await self._batches.get(batch_id)
        if batch is None:
            raise AwsUnavailable(f"the batch {batch_id} has no row, though its lines end")
        with suppress(BatchChanged, ConditionFailed):
            await self._chunks.take_lines(batch, chunk, now_ms=now_ms)
            if is_ending(batch) or batch.closing:
                _log.info("batch_goes_on", batch=batch_id, chunk=chunk, why="a line of it has ended after all")

    async def get(self, line_id: LineId) -> Outcome | None:
        row = await self.table.get(_outcome_key(line_id))
        return _outcome(row) if row and "status" in row else None

    async def open_line(self, line_id: LineId) -> OpenLine | None:
        """A line in the round that waits for its outcome; None where it was never reopened, or has one."""
        row = await self.table.get(_outcome_key(line_id))
        return _open_line(row) if row and "status" not in row else None

    async def of_chunk(self, batch_id: str, chunk: int, *, after: str = "") -> AsyncGenerator[Outcome, None]:
        """The outcomes of a chunk, in the order of their lines' names; with `after`, a name, those behind it."""
        behind: dict[str, Any] = {"after": after} if after else {}
        condition = "#batch = :batch AND #line > :after" if after else "#batch = :batch"
        async for row in self.table.query(condition, batch=_partition(batch_id, chunk), **behind):
            if "status" in row:
                yield _outcome(row)

    async def of_videos(self, batch_id: str, chunk: int, videos: Mapping[str, int]) -> AsyncIterator[tuple[str, str]]:
        """The lines of a chunk, with their videos' ids, that ended over one of these videos no later than the time
        (epoch milliseconds) beside it.
        """
        attributes = ("line", "status", "video_id", "finished_ms")
        async for row in self.table.query("#batch = :batch", attributes=attributes, batch=_partition(batch_id, chunk)):
            video_id: str = row.get("video_id", "")
            if "status" in row and video_id in videos and row["finished_ms"] <= videos[video_id]:
                yield row["line"], video_id

    async def forget(self, batch_id: str, chunk: int, line: str, video_id: str, *, until_ms: int) -> bool:
        """Keep of a line's outcome only how it ended and what it cost, if it ended over this video and no later than
        `until_ms` (epoch milliseconds). Whether it did.
        """
        try:
            await self.table.update(
                {"batch": _partition(batch_id, chunk), "line": line},
                "SET #forgotten = :yes REMOVE " + ", ".join(f"#{name}" for name in _OF_THE_VIDEO),
                "#video_id = :video AND attribute_exists(#status) AND #finished_ms <= :until",
                yes=True,
                video=video_id,
                until=until_ms,
            )
        except ConditionFailed:
            return False
        return True

    async def row_of(self, batch_id: str, chunk: int, line: str) -> dict[str, Any] | None:
        """All that is stored of a line."""
        return await self.table.get({"batch": _partition(batch_id, chunk), "line": line})

    async def bring_back(self, row: Mapping[str, Any]) -> None:
        """Write an outcome as it was before it was taken away, unless another round of its line has begun since."""
        with suppress(ConditionFailed):
            await self.table.put(row, "attribute_exists(#forgotten) AND #round = :was_round", was_round=row["round"])

    @staticmethod
    def chunk_of(row: Mapping[str, Any]) -> tuple[str, int]:
        """The id of the batch of an outcome, as it is stored, and the number of its chunk."""
        batch_id, _, chunk = row["batch"].rpartition("#")
        return batch_id, int(chunk)

    async def unfinished(
        self, batch_id: str, chunk: int, statuses: Collection[OutcomeStatus]
    ) -> AsyncIterator[Outcome]:
        """Those outcomes of a chunk that have one of up to three statuses; of those that SUCCEEDED only what has partly
        failed.
        """
        named: dict[str, Any] = {f"status_{index}": str(status) for index, status in enumerate(sorted(statuses))}
        named |= {"succeeded": str(OutcomeStatus.SUCCEEDED), "partly_failed": str(Reason.PARTLY_FAILED)}
        among = ", ".join(f":status_{index}" for index in range(len(statuses)))
        rows = self.table.query(
            "#batch = :batch",
            filter_expression=f"#status IN ({among}) AND (#status <> :succeeded OR #reason = :partly_failed)"
            " AND attribute_not_exists(#forgotten)",
            batch=_partition(batch_id, chunk),
            **named,
        )
        async for row in rows:
            yield _outcome(row)

    async def open_lines(self, batch_id: str, chunk: int) -> AsyncIterator[OpenLine]:
        """The lines of a chunk that were opened again and have no outcome yet."""
        rows = self.table.query(
            "#batch = :batch",
            filter_expression="attribute_not_exists(#status)",
            batch=_partition(batch_id, chunk),
        )
        async for row in rows:
            yield _open_line(row)

    async def progress(self, batch_id: str, chunk: int) -> "ChunkProgress":
        """Which lines of a chunk have ended, and which were reopened and have not."""
        progress = ChunkProgress()
        rows = self.table.query("#batch = :batch", attributes=_PROGRESS, batch=_partition(batch_id, chunk))
        async for row in rows:
            if "status" in row:
                progress.ended.add(row["line"])
            else:
                progress.reopened[row["line"]] = (row["round"], row["reopened_ms"])
                if row.get("billed_ms"):
                    progress.paid[row["line"]] = (row["billed_ms"], row.get("cost_micros", 0))
        return progress

    async def reopen(
        self,
        outcomes: Sequence[Outcome],
        batch: Batch,
        *,
        now_ms: int,
        due_at_ms: int,
        watch_at_ms: int,
        resend: bool,
    ) -> list[OpenLine]:
        """Open a new round of up to 98 lines of one chunk, in one transaction with its counts; returns those it opened.

        A line that has another outcome by now, or none, is left out. With `resend` the workers send the lines, else
        the caller has to. The chunk is due at `due_at_ms`, the batch at `watch_at_ms`. Raises
        BatchChanged, with nothing opened, where the batch is no longer in the state it was read in.
        """
        while outcomes:
            lines = {outcome.id: self._reopen_item(outcome, now_ms) for outcome in outcomes}
            chunk_and_batch = self._chunks.reopen_items(
                batch,
                outcomes[0].id.chunk,
                -count(outcomes),
                now_ms=now_ms,
                due_at_ms=due_at_ms,
                watch_at_ms=watch_at_ms,
                resend=resend,
            )
            try:
                await self.table.transact({**lines, **chunk_and_batch})
            except TransactionRefused as refusal:
                if batch.direct and "chunk" in refusal.parts:
                    await self._take_lines(batch.batch_id, outcomes[0].id.chunk, now_ms=now_ms)
                if refusal.parts & set(chunk_and_batch):
                    raise BatchChanged(batch.batch_id) from None
                outcomes = [outcome for outcome in outcomes if outcome.id not in refusal.parts]
            else:
                return [
                    OpenLine(
                        id=replace(outcome.id, round=outcome.id.round + 1),
                        ref=outcome.ref,
                        video_id=outcome.video_id,
                        paid_ms=outcome.billed_ms,
                        paid_micros=outcome.cost_micros,
                        analyses=outcome.analyses,
                        context=outcome.context,
                    )
                    for outcome in outcomes
                ]
        return []

    def _reopen_item(self, outcome: Outcome, now_ms: int) -> Item:
        return self.table.transact_update(
            _outcome_key(outcome.id),
            "SET #round = :next, #reopened_ms = :now REMOVE #status, #reason, #message",
            "#round = :round AND #status = :status",
            next=outcome.id.round + 1,
            now=now_ms,
            round=outcome.id.round,
            status=str(outcome.status),
        )


def count(outcomes: Sequence[Outcome]) -> Counts:
    """The sums of some outcomes."""
    statuses = [outcome.status for outcome in outcomes]
    billed = [outcome for outcome in outcomes if outcome.billed_ms]
    return Counts(
        succeeded=statuses.count(OutcomeStatus.SUCCEEDED),
        failed=statuses.count(OutcomeStatus.FAILED),
        skipped=statuses.count(OutcomeStatus.SKIPPED),
        size=sum(outcome.ref.size or 0 for outcome in outcomes),
        billed=len(billed),
        billed_ms=sum(outcome.billed_ms for outcome in billed),
        billed_bytes=sum(outcome.ref.size or 0 for outcome in billed),
        slot_ms=sum(outcome.slot_ms for outcome in billed),
        cost_micros=sum(outcome.cost_micros for outcome in billed),
        partly_failed=sum(outcome.reason is Reason.PARTLY_FAILED for outcome in outcomes),
    )


def _partition(batch_id: str, chunk: int) -> str:
    return f"{batch_id}#{chunk}"


def _outcome_key(line_id: LineId) -> dict[str, str]:
    return {"batch": _partition(line_id.batch_id, line_id.chunk), "line": line_id.line}


def _outcome_row(outcome: Outcome) -> dict[str, Any]:
    return {
        **_outcome_key(outcome.id),
        "round": outcome.id.round,
        "status": str(outcome.status),
        "reason": str(outcome.reason) if outcome.reason else None,
        "message": outcome.message or None,
        "bucket": outcome.ref.bucket or None,
        "key": outcome.ref.key or None,
        "version_id": outcome.ref.version_id,
        "etag": outcome.ref.etag,
        "size": outcome.ref.size,
        "video_id": outcome.video_id,
        "verdict": outcome.verdict,
        "video_status": outcome.video_status,
        "peak_analysis": None if outcome.peak_analysis is None else str(outcome.peak_analysis),
        "peak_label": outcome.peak_label,
        "peak_confidence": outcome.peak_confidence,
        "billed_ms": outcome.billed_ms,
        "cost_micros": outcome.cost_micros or None,
        "slot_ms": outcome.slot_ms or None,
        "duration_ms": outcome.duration_ms,
        "top_labels": _by_analysis(outcome.top_labels) or None,
        "result_from_uri": outcome.result_from_uri,
        "results": list(outcome.results) or None,
        "analyses": [str(analysis) for analysis in outcome.analyses] or None,
        "failed_analyses": {str(analysis): str(reason) for analysis, reason in outcome.failed_analyses} or None,
        "finished_ms": outcome.finished_ms,
        "context": context_text(outcome.context),
        "before": None if outcome.before is None else _before_members(outcome.before),
        "forgotten": outcome.forgotten or None,
    }


def _outcome(row: dict[str, Any]) -> Outcome:
    batch_id, _, chunk = row["batch"].rpartition("#")
    peak = row.get("peak_confidence")
    return Outcome(
        id=LineId(batch_id, row["line"], int(chunk), row["round"]),
        ref=ObjectRef(
            row.get("bucket", ""), row.get("key", ""), row.get("version_id"), row.get("etag"), row.get("size")
        ),
        status=OutcomeStatus(row["status"]),
        finished_ms=row["finished_ms"],
        forgotten=row.get("forgotten", False),
        reason=Reason(row["reason"]) if "reason" in row else None,
        message=row.get("message", ""),
        video_id=row.get("video_id"),
        verdict=row.get("verdict"),
        video_status=row.get("video_status"),
        peak_analysis=Analysis(row["peak_analysis"]) if "peak_analysis" in row else None,
        peak_label=row.get("peak_label"),
        peak_confidence=float(peak) if peak is not None else None,
        billed_ms=row["billed_ms"],
        cost_micros=row.get("cost_micros", 0),
        slot_ms=row.get("slot_ms", 0),
        duration_ms=row.get("duration_ms"),
        top_labels=_top_labels(row),
        result_from_uri=row.get("result_from_uri"),
        results=tuple(row.get("results", ())),
        analyses=_analyses(row),
        failed_analyses=tuple(
            (Analysis(name), Reason(reason)) for name, reason in row.get("failed_analyses", {}).items()
        ),
        context=read_context_text(row.get("context")),
        before=Before(**row["before"]) if "before" in row else None,
    )


def _before_members(before: Before) -> dict[str, str]:
    return {name: value for name, value in asdict(before).items() if value is not None}


def _by_analysis(labels: Iterable[TopLabel]) -> dict[str, list[list[Any]]]:
    """Each analysis once: its name beside every label would make a second write unit of many a row."""
    found: dict[str, list[list[Any]]] = {}
    for each in labels:
        found.setdefault(str(each.analysis), []).append([each.label, each.confidence])
    return found


def _top_labels(row: dict[str, Any]) -> tuple[TopLabel, ...]:
    found = row.get("top_labels", {})
    return tuple(
        TopLabel(analysis, label, float(confidence))
        for analysis in Analysis
        for label, confidence in found.get(analysis, ())
    )


def _open_line(row: dict[str, Any]) -> OpenLine:
    batch_id, _, chunk = row["batch"].rpartition("#")
    return OpenLine(
        id=LineId(batch_id, row["line"], int(chunk), row["round"]),
        ref=ObjectRef(
            row.get("bucket", ""), row.get("key", ""), row.get("version_id"), row.get("etag"), row.get("size")
        ),
        video_id=row.get("video_id"),
        paid_ms=row.get("billed_ms", 0),
        paid_micros=row.get("cost_micros", 0),
        analyses=_analyses(row),
        context=read_context_text(row.get("context")),
    )


def _analyses(row: dict[str, Any]) -> tuple[Analysis, ...]:
    return tuple(Analysis(name) for name in row.get("analyses", ()))
