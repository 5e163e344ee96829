"""Videos found a page at a time, for who looks at them on a screen: each page reads a bounded number of rows."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar

from reelsift.aws.deployment import Deployment
from reelsift.aws.review_rows import shard_of
from reelsift.batches.lookup import batch_named
from reelsift.domain.outcome import Outcome
from reelsift.domain.policy import Verdict
from reelsift.domain.status import Status, VideoStatus
from reelsift.queries.findings import FLAGGED, PAGE, KnownVideos, Query, found_by_label, found_by_outcome, pages_of
from reelsift.queries.found_video import FoundVideo, of_video

LOOKED_AT = 200
"""Rows of an index that one page looks at: each may need what else is known of its video."""

OUTCOMES_LOOKED_AT = 1_000
"""Lines of a batch that one page looks at: of most nothing else is read."""

CHUNKS_READ = 50
"""Chunks of a batch whose rows are read together."""

Places = Mapping[str, Any]
"""Where a page ended, as JSON, so that the next one begins behind it."""


_Place = TypeVar("_Place")


class UnusablePlace(ValueError):
    """A page is asked for behind a place that no page has ended at."""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Some of the videos that a query asks for, of `looked_at` rows. `after` is where the page ended, None where there
    is nothing behind it; a page may find nothing, and the next one something.
    """

    found: Sequence[FoundVideo]
    looked_at: int
    after: Places | None


async def find_page(deployment: Deployment, query: Query, after: Places | None = None) -> FoundPage:
    """The first page of what `findings.find` finds, or that behind a place. Raises NoSuchBatch and UnusablePlace."""
    if query.batch_id is not None:
        line = None if after is None else _read(lambda: (int(after["chunk"]), str(after["line"])))
        return await _of_batch(deployment, query, line or (0, ""))
    places = _read(lambda: {int(name): (float(place[0]), str(place[1])) for name, place in (after or {}).items()})
    if query.shown is None:
        return await _of_index(deployment, query, {shard: (int(at), video) for shard, (at, video) in places.items()})
    names = query.item_names
    return await _of_labels(deployment, query, _read(lambda: {names[name]: at for name, at in places.items()}))


def _read(read: Callable[[], _Place]) -> _Place:
    try:
        return read()
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise UnusablePlace(str(error)) from error


async def _of_labels(deployment: Deployment, query: Query, places: dict[str, tuple[float, str]]) -> FoundPage:
    names = query.item_names
    found: list[FoundVideo] = []
    looked_at = 0
    items = deployment.labels.found(names, query.min_confidence, LOOKED_AT, after=places)
    async with aclosing(items):
        async for page in pages_of(items):
            looked_at += len(page)
            for row in page:
                places[row["analysis_label"]] = row["peak_confidence"], row["video_id"]
            found += await found_by_label(deployment, page, query)
            if len(page) < PAGE:
                return FoundPage(found, looked_at, None)
            if len(found) >= PAGE or looked_at >= LOOKED_AT:
                break
    return FoundPage(found, looked_at, {str(names.index(name)): place for name, place in places.items()} or None)


async def _of_index(deployment: Deployment, query: Query, places: dict[int, tuple[int, str]]) -> FoundPage:
    by_status = query.status not in {None, Status.APPROVED}
    if by_status:
        assert query.status is not None  # noqa: S101 - asked above
        rows = deployment.reviews.with_status(query.status, since_ms=query.since_ms, limit=LOOKED_AT, after=places)
    else:
        verdict = query.verdict or Verdict.REVIEW
        rows = deployment.reviews.flagged(verdict, since_ms=query.since_ms, limit=LOOKED_AT, after=places.get(0))
    found: list[FoundVideo] = []
    looked_at = 0
    async with aclosing(rows):
        async for row in rows:
            looked_at += 1
            shard, at_ms = (shard_of(row.video_id), row.changed_ms) if by_status else (0, _judged_ms(row))
            if at_ms is not None:
                places[shard] = at_ms, row.video_id
            finding = of_video(row, by_status=query.status is not None)
            if finding is not None and query.holds(finding):
                found.append(finding)
            if len(found) == PAGE or looked_at == LOOKED_AT:
                break
        else:
            return FoundPage(await _shown(deployment, found), looked_at, None)
    return FoundPage(await _shown(deployment, found), looked_at, {str(shard): place for shard, place in places.items()})


async def _shown(deployment: Deployment, found: Sequence[FoundVideo]) -> list[FoundVideo]:
    """Those that may be shown: the index may lag behind a seal."""
    known = await KnownVideos.of(deployment, {each.video_id for each in found})
    return [each for each in found if not known.hides(each.video_id)]


def _judged_ms(row: VideoStatus) -> int | None:
    return None if row.verdict is None else row.verdict.judged_ms


async def _of_batch(deployment: Deployment, query: Query, behind: tuple[int, str]) -> FoundPage:
    assert query.batch_id is not None  # noqa: S101 - asked by the caller
    batch = await batch_named(deployment.batches, query.batch_id)
    number, line = behind
    found: list[FoundVideo] = []
    looked_at = 0
    while chunks := await deployment.chunks.page(batch.batch_id, number, CHUNKS_READ):
        for chunk in chunks:
            ended = line if chunk.number == number else ""
            outcomes = deployment.outcomes.of_chunk(batch.batch_id, chunk.number, after=ended)
            async with aclosing(outcomes):
                async for page in pages_of(outcomes):
                    looked_at += len(page)
                    found += await found_by_outcome(deployment, _worth_reading(page, query), query)
                    if len(found) >= PAGE or looked_at >= OUTCOMES_LOOKED_AT:
                        return FoundPage(found, looked_at, {"chunk": chunk.number, "line": page[-1].id.line})
        number, line = chunks[-1].number + 1, ""
    return FoundPage(found, looked_at, None)


def _worth_reading(outcomes: Sequence[Outcome], query: Query) -> list[Outcome]:
    """Those that may be what is asked for, as far as a line itself tells."""
    wanted = FLAGGED if query.flagged else {query.verdict} if query.verdict is not None else None
    return [outcome for outcome in outcomes if wanted is None or outcome.verdict in wanted]
