"""Videos found by what they show or by their verdict: from indexes, page by page."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from reelsift.aws.deployment import Deployment
from reelsift.batches.lookup import batch_named, read_counts
from reelsift.domain import taxonomy
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch
from reelsift.domain.job import Job, JobKey
from reelsift.domain.outcome import Outcome
from reelsift.domain.policy import Verdict
from reelsift.errors import ApprovedNotIndexed, ConfidenceWithoutLabel, NothingAskedFor

PAGE = 50
"""Rows looked up together: each may need two, and DynamoDB reads 100 keys a request."""

NEWEST_BATCHES = 10
"""Batches that are looked through for a line that succeeded, where nothing is found."""

_JUDGED = tuple(analysis for analysis in Analysis if analysis.spec.gives_verdict)
"""The analyses whose jobs know a video's verdict."""

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class FoundVideo:
    """A video, and a label it shows: the one that was asked for, else the most confident one.

    `peak_confidence` is 0-100, `peak_ms` its time in the video where it is known; `at_ms` (epoch milliseconds) is when
    the result was fixed.
    """

    video: str
    video_id: str
    verdict: str | None
    label: str | None
    peak_confidence: float | None
    peak_ms: int | None
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; everything that is not None must hold.

    `min_confidence` (0-100) is that of `label` at its peak. `since_ms` (epoch milliseconds) is the earliest time a
    result was fixed. Raises NothingAskedFor without label and verdict, ConfidenceWithoutLabel, and ApprovedNotIndexed
    where approved videos are asked for with neither label nor batch: there may be millions, and no index has them.
    """

    label: str | None = None
    min_confidence: float = 0
    verdict: Verdict | None = None
    since_ms: int = 0
    batch_id: str | None = None

    def __post_init__(self) -> None:
        if self.label is None and self.verdict is None:
            raise NothingAskedFor
        if self.label is None and self.min_confidence:
            raise ConfidenceWithoutLabel
        if self.verdict is Verdict.APPROVE and self.batch_id is None and self.label is None:
            raise ApprovedNotIndexed

    def holds(self, finding: FoundVideo) -> bool:
        """Whether verdict and time are as asked; the label is found by its index."""
        return (self.verdict is None or finding.verdict == self.verdict) and (finding.at_ms or 0) >= self.since_ms


async def find(deployment: Deployment, query: Query) -> AsyncIterator[FoundVideo]:
    """The videos that a query asks for: with a label the most confident first, else the newest verdict first.

    Those of a batch come chunk by chunk and in no order, also where an earlier batch paid for their results. Raises
    NoSuchBatch.
    """
    if query.batch_id is not None:
        batch = await batch_named(deployment.batches, query.batch_id)
        async for finding in _in_batch(deployment, batch, query):
            yield finding
        return
    if query.label is None:
        assert query.verdict is not None  # noqa: S101 - a query has a label or a verdict
        async for job in deployment.jobs.flagged(query.verdict, since_ms=query.since_ms):
            yield _of_job(job)
        return
    async for rows in _pages(deployment.labels.with_label(query.label, query.min_confidence)):
        jobs = await _jobs(deployment, rows)
        for row in rows:
            finding = _of_label(row, jobs)
            if query.holds(finding):
                yield finding


@dataclass(frozen=True, slots=True)
class NothingFound:
    """Why a query may have found nothing: facts about what there is to be found."""

    analysed: int
    """Lines that succeeded, of the batch that is asked for or else of the newest batches."""
    best_confidence: float | None = None
    """Of the label that is asked for, over all videos; None where no video shows it."""
    labels: tuple[str, ...] = ()
    """The moderation labels there are, the most similar first, where the one that is asked for is none."""


async def why_nothing(deployment: Deployment, query: Query) -> NothingFound:
    """What there is instead of what a query asks for."""
    batches = await deployment.batches.recent(NEWEST_BATCHES)
    if query.batch_id is not None:
        batches = [await batch_named(deployment.batches, query.batch_id)]
    counts = [await read_counts(deployment.chunks, batch.batch_id) for batch in batches]
    best = None
    if query.label is not None:
        async for row in deployment.labels.with_label(query.label, 0, limit=1):
            best = float(row["peak_confidence"])
    unknown = query.label is not None and best is None and not taxonomy.is_known(query.label)
    return NothingFound(
        analysed=sum(each.succeeded for each in counts),
        best_confidence=best,
        labels=tuple(taxonomy.nearest(query.label)) if unknown and query.label is not None else (),
    )


async def _in_batch(deployment: Deployment, batch: Batch, query: Query) -> AsyncIterator[FoundVideo]:
    async for chunk in deployment.chunks.of_batch(batch.batch_id):
        async for outcomes in _pages(deployment.outcomes.of_chunk(batch.batch_id, chunk.number)):
            rows = await _label_rows(deployment, outcomes, query) if query.label is not None else {}
            for outcome in outcomes:
                for finding in _of_outcome(outcome, rows, query):
                    if query.holds(finding):
                        yield finding


async def _pages(items: AsyncIterator[_Item]) -> AsyncIterator[list[_Item]]:
    page: list[_Item] = []
    async for item in items:
        page.append(item)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


async def _jobs(deployment: Deployment, rows: Sequence[dict[str, Any]]) -> dict[JobKey, Job]:
    """The jobs that found these labels, and those whose verdict the videos have."""
    keys = {JobKey(row["video_id"], Analysis(row["analysis"])) for row in rows}
    keys |= {JobKey(row["video_id"], analysis) for row in rows for analysis in _JUDGED}
    return {job.key: job for job in await deployment.jobs.get_many(list(keys))}


async def _label_rows(
    deployment: Deployment, outcomes: Sequence[Outcome], query: Query
) -> dict[str, list[dict[str, Any]]]:
    """By video, the rows of the label that is asked for."""
    assert query.label is not None  # noqa: S101 - the caller asked for one
    videos = {outcome.video_id for outcome in outcomes if outcome.video_id is not None}
    rows: dict[str, list[dict[str, Any]]] = {}
    if not videos:
        return rows
    for row in await deployment.labels.get_many(sorted(videos), query.label):
        if row["peak_confidence"] >= query.min_confidence:
            rows.setdefault(row["video_id"], []).append(row)
    return rows


def _of_job(job: Job) -> FoundVideo:
    return FoundVideo(
        video=job.video.uri,
        video_id=job.key.video_id,
        verdict=job.result.verdict,
        label=job.result.peak_label,
        peak_confidence=job.result.peak_confidence,
        peak_ms=None,
        at_ms=job.times.settled_ms,
    )


def _of_label(row: dict[str, Any], jobs: dict[JobKey, Job]) -> FoundVideo:
    found_by = jobs.get(JobKey(row["video_id"], Analysis(row["analysis"])))
    verdicts = (job.result.verdict for analysis in _JUDGED if (job := jobs.get(JobKey(row["video_id"], analysis))))
    return FoundVideo(
        video=row["video"],
        video_id=row["video_id"],
        verdict=next(verdicts, None),
        label=row["label"],
        peak_confidence=float(row["peak_confidence"]),
        peak_ms=row["peak_ms"],
        at_ms=found_by.times.settled_ms if found_by else None,
    )


def _of_outcome(outcome: Outcome, rows: dict[str, list[dict[str, Any]]], query: Query) -> list[FoundVideo]:
    if outcome.video_id is None:
        return []
    plain = FoundVideo(
        video=outcome.ref.uri,
        video_id=outcome.video_id,
        verdict=outcome.verdict,
        label=outcome.peak_label,
        peak_confidence=outcome.peak_confidence,
        peak_ms=None,
        at_ms=outcome.finished_ms,
    )
    if query.label is None:
        return [plain]
    return [
        FoundVideo(
            video=plain.video,
            video_id=plain.video_id,
            verdict=plain.verdict,
            label=row["label"],
            peak_confidence=float(row["peak_confidence"]),
            peak_ms=row["peak_ms"],
            at_ms=plain.at_ms,
        )
        for row in rows.get(outcome.video_id, [])
    ]
