"""Videos found by what they show or by their verdict: from indexes, page by page."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from reelsift.aws.deployment import Deployment
from reelsift.aws.labels import item_names
from reelsift.batches.lookup import batch_named, read_counts
from reelsift.domain import taxonomy
from reelsift.domain.analyses.spec import FoundBy
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch
from reelsift.domain.folding import words
from reelsift.domain.job import Job, JobKey
from reelsift.domain.outcome import Outcome
from reelsift.domain.policy import Verdict
from reelsift.domain.status import Status, VideoStatus
from reelsift.errors import (
    ApprovedNotIndexed,
    ConfidenceOfNothing,
    NothingAskedFor,
    SeveralShown,
    TextWithoutWord,
    UnknownCue,
)
from reelsift.queries.found_text import found_text
from reelsift.queries.found_video import FoundVideo, of_label, of_outcome, of_video

PAGE = 50
"""Rows looked up together: each needs a job and a verdict."""

NEWEST_BATCHES = 10
"""Batches that are looked through for a line that succeeded, where nothing is found."""

FLAGGED = frozenset({Verdict.REVIEW, Verdict.REJECT, Verdict.INCOMPLETE})
"""Verdicts for which somebody should look."""

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; everything that is not None must hold.

    At most one of these is what the videos show: `label` as it is written; `text`, words that stand in one text of the
    video, however written; `celebrity`, a name however written or an Id; `cue`, a type of segment. `min_confidence`
    (0-100) is that of it at its peak. `since_ms` (epoch milliseconds) is the earliest time a result was fixed.
    `flagged` asks for any verdict but `approve`, of a batch.

    Raises NothingAskedFor where nothing that videos show, no verdict and no status is asked for, SeveralShown,
    TextWithoutWord, UnknownCue, ConfidenceOfNothing, and ApprovedNotIndexed where approved videos are asked for without
    a batch and without what they show: there may be millions, and no index has them.
    """

    label: str | None = None
    text: str | None = None
    celebrity: str | None = None
    cue: str | None = None
    min_confidence: float = 0
    verdict: Verdict | None = None
    status: Status | None = None
    since_ms: int = 0
    batch_id: str | None = None
    flagged: bool = False

    def __post_init__(self) -> None:
        shown = {kind.value: sought for kind in FoundBy if (sought := getattr(self, kind.value)) is not None}
        if len(shown) > 1:
            raise SeveralShown(tuple(shown))
        if self.text is not None and not any(words(self.text)):
            raise TextWithoutWord(self.text)
        if self.cue is not None:
            object.__setattr__(self, "cue", _known_cue(self.cue))
        flagged = self.flagged and self.batch_id is not None
        if not shown and self.verdict is None and self.status is None and not flagged:
            raise NothingAskedFor
        if not shown and self.min_confidence:
            raise ConfidenceOfNothing
        indexed = self.status not in {None, Status.APPROVED} or self.verdict not in {None, Verdict.APPROVE}
        if not indexed and self.batch_id is None and not shown:
            raise ApprovedNotIndexed

    @property
    def shown(self) -> tuple[FoundBy, str] | None:
        """What the videos are to show, and by what that is found."""
        for kind in FoundBy:
            sought = getattr(self, kind.value)
            if sought is not None:
                return kind, sought
        return None

    @property
    def item_names(self) -> list[str]:
        """The items by which what the videos are to show is found; empty where nothing is asked for."""
        return [] if self.shown is None else item_names(*self.shown)

    def holds(self, finding: FoundVideo) -> bool:
        """Whether verdict, status and time are as asked; what the video shows is found by its index."""
        judged = self.verdict is None or finding.verdict == self.verdict
        if self.flagged and finding.verdict not in FLAGGED:
            return False
        return judged and self.status in {None, finding.status} and (finding.at_ms or 0) >= self.since_ms


async def find(deployment: Deployment, query: Query) -> AsyncIterator[FoundVideo]:
    """The videos that a query asks for: by what they show the most confident first, else the newest verdict, or status,
    first. With several words it is the confidence of the longest in any text that they are ordered by.

    Those of a batch come chunk by chunk and in no order, also where an earlier batch paid for their results. Raises
    NoSuchBatch.
    """
    if query.batch_id is not None:
        batch = await batch_named(deployment.batches, query.batch_id)
        async for finding in _in_batch(deployment, batch, query):
            yield finding
        return
    if query.shown is None:
        async for video in _indexed(deployment, query):
            found = of_video(video, by_status=query.status is not None)
            if found is not None and query.holds(found):
                yield found
        return
    async for page in pages_of(deployment.labels.found(query.item_names, query.min_confidence)):
        for finding in await found_by_label(deployment, page, query):
            yield finding


async def found_by_label(deployment: Deployment, items: Sequence[dict[str, Any]], query: Query) -> list[FoundVideo]:
    """What of these items of what videos show is as a query asks."""
    rows = await _fitting(deployment, items, query)
    jobs = await _jobs(deployment, rows)
    known = await KnownVideos.of(deployment, {row["video_id"] for row in rows})
    found = [of_label(row, jobs, known.rows.get(row["video_id"])) for row in rows if not known.hides(row["video_id"])]
    return list(filter(query.holds, found))


async def found_by_outcome(deployment: Deployment, outcomes: Sequence[Outcome], query: Query) -> list[FoundVideo]:
    """What of up to PAGE lines that have ended is as a query asks."""
    rows = await _rows_by_video(deployment, outcomes, query) if query.shown is not None else None
    known = await KnownVideos.of(deployment, {each.video_id for each in outcomes if each.video_id is not None})
    found = (
        finding
        for outcome in outcomes
        if not outcome.forgotten and not known.hides(outcome.video_id)
        for finding in of_outcome(outcome, rows, known.rows.get(outcome.video_id or ""))
    )
    return list(filter(query.holds, found))


@dataclass(frozen=True, slots=True)
class NothingFound:
    """Why a query may have found nothing: facts about what there is to be found."""

    analysed: int
    """Lines that succeeded, of the batch that is asked for or else of the newest batches."""
    best_confidence: float | None = None
    """Of what is asked for, over all videos; None where no video shows it. Of several words that of the longest."""
    not_indexed: bool = False
    """Whether texts are asked for, and videos that are analysed now are not found by these."""
    labels: tuple[str, ...] = ()
    """The moderation labels there are, the most similar first, where the one that is asked for is none."""


async def why_nothing(deployment: Deployment, query: Query) -> NothingFound:
    """What there is instead of what a query asks for."""
    batches = await deployment.batches.recent(NEWEST_BATCHES)
    if query.batch_id is not None:
        batches = [await batch_named(deployment.batches, query.batch_id)]
    counts = [await read_counts(deployment.chunks, batch.batch_id) for batch in batches]
    best = None
    async for row in deployment.labels.found(query.item_names, 0, limit=1):
        best = max(best or 0, float(row["peak_confidence"]))
    unknown = query.label is not None and best is None and not taxonomy.is_known(query.label)
    return NothingFound(
        analysed=sum(each.succeeded for each in counts),
        best_confidence=best,
        not_indexed=query.text is not None and not deployment.settings.text_index,
        labels=tuple(taxonomy.nearest(query.label)) if unknown and query.label is not None else (),
    )


@dataclass(frozen=True, slots=True)
class KnownVideos:
    """What is known of some videos as a whole; of those that are `unread` this version cannot say."""

    rows: Mapping[str, VideoStatus]
    unread: Collection[str]

    @classmethod
    async def of(cls, deployment: Deployment, videos: Collection[str]) -> Self:
        """The same for up to 100 videos, by their ids."""
        return cls(*await deployment.reviews.get_readable(sorted(videos)))

    def hides(self, video_id: str | None) -> bool:
        """Whether only specialists may see a video, or nobody can tell whether they do: no search finds it."""
        row = self.rows.get(video_id or "")
        return video_id in self.unread or (row is not None and row.sealed)


async def _in_batch(deployment: Deployment, batch: Batch, query: Query) -> AsyncIterator[FoundVideo]:
    async for chunk in deployment.chunks.of_batch(batch.batch_id):
        async for outcomes in pages_of(deployment.outcomes.of_chunk(batch.batch_id, chunk.number)):
            for finding in await found_by_outcome(deployment, outcomes, query):
                yield finding


async def pages_of(items: AsyncIterator[_Item]) -> AsyncIterator[list[_Item]]:
    """Up to PAGE of them at a time."""
    page: list[_Item] = []
    async for item in items:
        page.append(item)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


async def _jobs(deployment: Deployment, rows: Sequence[dict[str, Any]]) -> dict[JobKey, Job]:
    """The jobs that found these labels."""
    keys = {JobKey(row["video_id"], Analysis(row["analysis"])) for row in rows}
    return {job.key: job for job in await deployment.jobs.get_many(list(keys))}


async def _rows_by_video(
    deployment: Deployment, outcomes: Sequence[Outcome], query: Query
) -> dict[str, list[dict[str, Any]]]:
    """By video, the items of what it is to show."""
    videos = sorted({outcome.video_id for outcome in outcomes if outcome.video_id is not None})
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in await _fitting(deployment, await deployment.labels.get_many(videos, query.item_names), query):
        rows.setdefault(row["video_id"], []).append(row)
    return rows


async def _fitting(deployment: Deployment, rows: Sequence[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    """Those items that are of what is asked for, with the confidence that is asked for."""
    if query.text is not None:
        rows = [row for item in rows if (row := await found_text(deployment, item, query.text)) is not None]
    return [row for row in rows if row["peak_confidence"] >= query.min_confidence]


def _known_cue(named: str) -> str:
    """The cue of this name, however it is written. Raises UnknownCue."""
    cues = sorted(
        label for analysis in Analysis if analysis.spec.found_by is FoundBy.CUE for label in analysis.spec.vocabulary
    )
    known = {_plain(cue): cue for cue in cues}
    if _plain(named) not in known:
        raise UnknownCue(named, tuple(cues))
    return known[_plain(named)]


def _plain(cue: str) -> str:
    return "".join(words(cue))


async def _indexed(deployment: Deployment, query: Query) -> AsyncIterator[VideoStatus]:
    """Videos of a status or a verdict that has an index, the latest to get it first."""
    if query.status is not None and query.status is not Status.APPROVED:
        rows = deployment.reviews.with_status(query.status, since_ms=query.since_ms)
    else:
        assert query.verdict is not None  # noqa: S101 - a query asks for one of them
        rows = deployment.reviews.flagged(query.verdict, since_ms=query.since_ms)
    async for row in rows:
        yield row
