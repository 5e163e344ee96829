"""What AWS knows of the lines of a batch before it is submitted: which were analysed already, how large they are."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import is_transient
from reelsift.aws.objects import ObjectUnusable
from reelsift.batches.submit.survey import ListedVideo, Survey
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.job import Job, JobKey, StartSettings
from reelsift.domain.video import ObjectRef, Video

HEADS = 500
"""Objects that S3 is asked for where their list says too little of them, at most."""

HEADS_AT_ONCE = 32

MISSING_SHOWN = 5
"""Lines without an object that are shown before anything is submitted."""

JOBS_A_REQUEST = 100

READS_AT_ONCE = 16

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Part:
    """Some lines of a batch, `number` in all. `checked` of them were held against earlier analyses, and `done` of these
    had all of the batch's analyses before. `size` is the bytes of those that were checked, and `done_size` what of it
    need not be paid: where only some analyses are done, in proportion to their prices.
    """

    number: float
    checked: int = 0
    done: int = 0
    size: int = 0
    done_size: float = 0

    def of_all(self, counted: float) -> float:
        """What was counted among those that were checked, over all of them."""
        return self.number * counted / self.checked if self.checked else 0


@dataclass(frozen=True, slots=True)
class LookAhead:
    """What AWS knows of the lines of a batch.

    `parts` are the lines whose list says enough of them, and those that S3 was asked for. `unsized_size` is the mean
    size (bytes) of lines whose list names none, None where it is not known. `unusable` counts lines that will fail, by
    the reason. Of the `heads` objects that S3 was asked for, it did not answer for `unknown`, and `missing` are the
    first that are not there.
    """

    parts: tuple[Part, ...]
    unsized_size: float | None = None
    unusable: Counter[Reason] = field(default_factory=Counter)
    heads: int = 0
    unknown: int = 0
    missing: tuple[ListedVideo, ...] = ()

    @property
    def done(self) -> float:
        """How many lines were analysed before."""
        return sum(part.of_all(part.done) for part in self.parts)

    @property
    def done_share(self) -> float:
        """The part, by size and price, of what was analysed before: 0 to 1."""
        size = sum(part.of_all(part.size) for part in self.parts)
        return sum(part.of_all(part.done_size) for part in self.parts) / size if size else 0


async def look_ahead(deployment: Deployment, survey: Survey, analyses: Sequence[Analysis]) -> LookAhead:
    """Ask S3 for the objects that the lists say too little of, and the jobs table for all of them."""
    rows = survey.rows.items
    described = [row.ref for row in rows if row.ref.etag is not None and row.ref.size is not None]
    vague = [row for row in rows if row.ref.etag is None or row.ref.size is None]
    weight = survey.videos / len(rows) if rows else 0
    asked_for = vague[:: -(-len(vague) // HEADS)] if vague else []
    asked = [row.ref for row in asked_for]
    heads = await _ask(asked, lambda ref: _head(deployment, ref), HEADS_AT_ONCE)
    found = [head for head in heads if isinstance(head, Video)]
    reasons = Counter(head for head in heads if isinstance(head, Reason))
    answered = len(found) + reasons.total()
    vague_weight = weight * len(vague) / answered if answered else 0
    sizes = [
        head.size or 0 if isinstance(head, Video) else 0
        for ref, head in zip(asked, heads, strict=True)
        if ref.size is None and head is not None
    ]
    first = await _part(deployment, weight * len(described), [_video(ref) for ref in described], analyses)
    second = await _part(deployment, vague_weight * len(found), found, analyses)
    return LookAhead(
        parts=(first, second),
        unsized_size=sum(sizes) / len(sizes) if sizes else None,
        unusable=Counter({reason: round(number * vague_weight) for reason, number in reasons.items()}),
        heads=len(asked),
        unknown=len(asked) - answered,
        missing=tuple(islice(_missing(asked_for, heads), MISSING_SHOWN)),
    )


def _missing(rows: Sequence[ListedVideo], heads: Sequence[Video | Reason | None]) -> Iterator[ListedVideo]:
    return (row for row, head in zip(rows, heads, strict=True) if head is Reason.OBJECT_MISSING)


async def _head(deployment: Deployment, ref: ObjectRef) -> Video | Reason | None:
    """The object of a line, or why the line will fail; None where these credentials cannot find out."""
    try:
        return await deployment.videos.head(ref)
    except ObjectUnusable as unusable:
        # What the caller may not read the workers may: their permissions are not the caller's.
        return None if unusable.failure.reason is Reason.ACCESS_DENIED else unusable.failure.reason
    except (ClientError, BotoCoreError, OSError) as error:
        if not is_transient(error):
            raise
        return None


async def _part(deployment: Deployment, number: float, videos: Sequence[Video], analyses: Sequence[Analysis]) -> Part:
    settings = deployment.start_settings
    at_once = JOBS_A_REQUEST // len(analyses)

    async def analysed(some: Sequence[Video]) -> list[Job]:
        keys = [JobKey(video_id, analysis) for video_id in {video.video_id for video in some} for analysis in analyses]
        return [job for job in await deployment.jobs.get_many(keys) if _succeeded(job, settings)]

    groups = [videos[start : start + at_once] for start in range(0, len(videos), at_once)]
    done: dict[str, set[Analysis]] = defaultdict(set)
    for jobs in await _ask(groups, analysed, READS_AT_ONCE):
        for job in jobs:
            done[job.key.video_id].add(job.analysis)
    prices = {analysis: float(deployment.settings.price_per_minute(analysis)) for analysis in analyses}
    return Part(
        number,
        checked=len(videos),
        done=sum(len(done[video.video_id]) == len(analyses) for video in videos),
        size=_size(videos),
        done_size=sum((video.size or 0) * _share(done[video.video_id], prices) for video in videos),
    )


def _share(done: Collection[Analysis], prices: Mapping[Analysis, float]) -> float:
    """How much of the price of all analyses those are that were done: 0 to 1."""
    whole = sum(prices.values())
    return sum(prices[analysis] for analysis in done) / whole if whole else len(done) / len(prices)


async def _ask(
    asked: Sequence[_Asked], question: Callable[[_Asked], Awaitable[_Answer]], at_once: int
) -> list[_Answer]:
    """The answers in the order of what was asked, so many requests at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(it: _Asked) -> _Answer:
        async with gate:
            return await question(it)

    return await asyncio.gather(*map(one, asked))


def _succeeded(job: Job, settings: StartSettings) -> bool:
    return (
        job.has_result
        and job.result.failure is None
        and job.asked.model_settings == settings.model_settings(job.analysis)
    )


def _size(videos: Iterable[Video]) -> int:
    return sum(video.size or 0 for video in videos)


def _video(ref: ObjectRef) -> Video:
    return Video(ref.bucket, ref.key, ref.etag or "", ref.version_id, ref.size)
