"""The labels table: an item for each label of a video, each word and each celebrity, found by name and confidence."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from reelsift.aws.merging import merged
from reelsift.aws.table import Table
from reelsift.domain.analyses.spec import FoundBy
from reelsift.domain.analysis import Analysis
from reelsift.domain.folding import fold_accents, words
from reelsift.domain.job import Job, JobKey
from reelsift.domain.labels import LabelSummary
from reelsift.domain.read_words import ReadText, ReadWord, most_read, read_texts
from reelsift.domain.result import segment_members
from reelsift.domain.segments import Segment

FOUND_INDEX = "found"
"""Index of all items by their name (analysis and label, word, or celebrity) and peak confidence."""

STORED_SEGMENTS = 2000
"""An item holds 400 KB (DynamoDB); a flickering label has more segments than fit. The result object has all."""

STORED_LABELS = 1000
"""Of a video and analysis, the strongest: each is a write. The result object has all."""

LONGEST_KEY = 1024
"""Bytes of a sort key (DynamoDB). A label that is longer is in the result object only."""

LONGEST_NAME = 200
"""Characters of a celebrity's name by which it is found, and of a text that is shown."""

TEXTS_BYTES = 400
"""Of the texts that a word stands in. Its item is below 1 KB by this, which is one write unit (DynamoDB)."""


Place = tuple[float, str]
"""Where an item stands in the index: by its peak confidence, and the id of its video."""

_NOWHERE: Mapping[str, Place] = MappingProxyType({})


class Labels:
    """Writes what an analysed video is found by, and finds videos."""

    def __init__(self, table: Table, *, with_words: bool = True) -> None:
        """`with_words`: whether videos are to be found by the words that are to be read in them."""
        self.table = table
        self._with_words = with_words

    async def put(self, job: Job, summaries: Sequence[LabelSummary], *, now_ms: int) -> None:
        """Write what an attempt found, and take away what only an older attempt had found."""
        rows = await asyncio.to_thread(lambda: list(self._rows(job, summaries, now_ms)))
        await self.table.write_many(puts=rows)
        if job.attempt > 1:
            found = {row["analysis_label"] for row in rows}
            stale = [row["analysis_label"] async for row in self._of_job(job.key) if row["analysis_label"] not in found]
            await self.table.write_many(
                deletes=[{"video_id": job.key.video_id, "analysis_label": name} for name in stale]
            )

    async def forget(self, video_id: str) -> int:
        """Delete all items of a video. Returns how many there were."""
        rows = self.table.query("#video_id = :video", attributes=("analysis_label",), video=video_id)
        names = [row["analysis_label"] async for row in rows]
        await self.table.write_many(deletes=[{"video_id": video_id, "analysis_label": name} for name in names])
        return len(names)

    async def of_video(self, video_id: str) -> list[dict[str, Any]]:
        """All items of a video."""
        return [row async for row in self.table.query("#video_id = :video", video=video_id)]

    async def get_many(self, video_ids: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
        """The items of these names, as `item_names` makes them, of some videos."""
        return await self.table.get_many(
            [{"video_id": video_id, "analysis_label": name} for video_id in video_ids for name in names]
        )

    async def found(
        self,
        names: Sequence[str],
        min_confidence: float,
        limit: int | None = None,
        *,
        after: Mapping[str, Place] = _NOWHERE,
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Items of these names whose peak is at or above `min_confidence` (0-100), the most confident first. At most
        `limit` of each name. With `after`, by names confidences and videos, only those behind these.
        """
        streams = [self._found(name, min_confidence, limit, after.get(name)) for name in names]
        async for row in merged(streams, lambda row: float(row["peak_confidence"])):
            yield row

    def _found(
        self, name: str, min_confidence: float, limit: int | None, after: Place | None
    ) -> AsyncIterator[dict[str, Any]]:
        return self.table.query(
            "#analysis_label = :name AND #peak_confidence >= :least",
            index=FOUND_INDEX,
            backwards=True,
            limit=limit,
            behind=None
            if after is None
            else {"analysis_label": name, "peak_confidence": after[0], "video_id": after[1]},
            name=name,
            least=min_confidence,
        )

    def _of_job(self, key: JobKey) -> AsyncIterator[dict[str, Any]]:
        return self.table.query(
            "#video_id = :video AND begins_with(#analysis_label, :analysis)",
            attributes=("analysis_label",),
            video=key.video_id,
            analysis=f"{key.analysis}#",
        )

    def _rows(self, job: Job, summaries: Sequence[LabelSummary], now_ms: int) -> Iterable[dict[str, Any]]:
        match job.analysis.spec.found_by:
            case FoundBy.TEXT:
                return _word_rows(job, summaries) if self._with_words else []
            case FoundBy.CELEBRITY:
                return _celebrity_rows(job, summaries, now_ms)
            case FoundBy.LABEL | FoundBy.CUE:
                return (_row(job, summary, now_ms, summary.label) for summary in _stored(job, summaries))


def item_names(found_by: FoundBy, sought: str) -> list[str]:
    """The names under which videos are found by something; none where these are longer than any that is stored. Of
    several words that of the longest, which is likely to stand in the fewest videos.
    """
    labels: tuple[str, ...]
    match found_by:
        case FoundBy.TEXT:
            labels = (max(words(sought), key=len),)
        case FoundBy.CELEBRITY:
            labels = _folded(sought), _by_id(sought)
        case FoundBy.LABEL | FoundBy.CUE:
            labels = (sought,)
    analyses = [analysis for analysis in Analysis if analysis.spec.found_by is found_by]
    return [name for analysis in analyses for label in labels if _fits(name := _name(analysis, label))]


def _fits(name: str) -> bool:
    return len(name.encode()) <= LONGEST_KEY


def _name(analysis: Analysis, label: str) -> str:
    return f"{analysis}#{label}"


def _folded(name: str) -> str:
    return fold_accents(name)[:LONGEST_NAME]


def _by_id(celebrity_id: str) -> str:
    return f"id:{celebrity_id}"


def _stored(job: Job, summaries: Iterable[LabelSummary]) -> list[LabelSummary]:
    fitting = [one for one in summaries if _fits(_name(job.analysis, one.label))]
    return sorted(fitting, key=lambda one: (-one.max_confidence, -one.seen_ms, one.label))[:STORED_LABELS]


def _row(job: Job, summary: LabelSummary, now_ms: int, label: str) -> dict[str, Any]:
    """Segments as lists of start, end, samples, maximum, mean, peak: names would double the item's size. They are one
    text, since botocore would take a second of the event loop for the 12,000 numbers of each of 25 labels.
    """
    return {
        **_found_row(job, label, summary.label, summary.max_confidence, summary.peak_ms),
        "job_id": job.start.job_id,
        "parent": summary.parents[-1] if summary.parents else None,
        "path": list(summary.path),
        "category": summary.category,
        "date": datetime.fromtimestamp(now_ms / 1000, UTC).date().isoformat(),
        "model_version": job.result.model_version,
        "first_ms": summary.first_ms,
        "last_ms": summary.last_ms,
        "seen_ms": summary.seen_ms,
        "samples": summary.samples,
        "segment_count": len(summary.segments),
        "segments": json.dumps(
            [
                [s.start_ms, s.end_ms, s.samples, s.max_confidence, s.mean_confidence, s.peak_ms]
                for s in sorted(_strongest(summary)[:STORED_SEGMENTS], key=lambda segment: segment.start_ms)
            ],
            separators=(",", ":"),
        ),
    }


def _strongest(summary: LabelSummary) -> list[Segment]:
    return sorted(summary.segments, key=lambda segment: -segment.max_confidence)


def _found_row(job: Job, name: str, label: str, peak_confidence: float, peak_ms: int) -> dict[str, Any]:
    """What every item has: its name, and what a search shows of it."""
    return {
        "video_id": job.key.video_id,
        "analysis_label": _name(job.analysis, name),
        "analysis": str(job.analysis),
        "attempt": job.attempt,
        "label": label,
        "video": job.video.uri,
        "peak_confidence": peak_confidence,
        "peak_ms": peak_ms,
    }


def _celebrity_rows(job: Job, summaries: Iterable[LabelSummary], now_ms: int) -> Iterator[dict[str, Any]]:
    """An item by name, however that is written, and a small one by Id. People of one name stand below that name: the
    item by name is that of the most confident.
    """
    named: dict[str, LabelSummary] = {}
    by_id: dict[str, Segment] = {}
    for summary in sorted(summaries, key=lambda summary: -summary.max_confidence):
        named.setdefault(_folded(summary.category), summary)
        for segment in _strongest(summary):
            if (celebrity_id := _known_as(segment)) is not None:
                by_id.setdefault(celebrity_id, segment)
    for name, summary in named.items():
        known_as = _known_as(_strongest(summary)[0])
        yield _row(job, summary, now_ms, name) | {"label": summary.category, "celebrity_id": known_as}
    for celebrity_id, segment in by_id.items():
        row = _found_row(job, _by_id(celebrity_id), segment.path[0], segment.max_confidence, segment.peak_ms)
        yield row | {"celebrity_id": celebrity_id}


def _known_as(segment: Segment) -> str | None:
    return None if segment.known_as is None else segment.known_as[:LONGEST_NAME]


def _word_rows(job: Job, summaries: Iterable[LabelSummary]) -> Iterator[dict[str, Any]]:
    """An item for each word. The texts themselves have none: a video with credits shows thousands."""
    segments = (segment_members(segment) for summary in summaries for segment in summary.segments)
    found, others = most_read(read_texts(segments))
    for word in found:
        surest = word.texts[0]
        row = _found_row(job, word.word, surest.text[:LONGEST_NAME], surest.max_confidence, surest.peak_ms)
        yield row | {"samples": word.samples, **_texts(word), "words_left_out": others or None}


def _texts(word: ReadWord) -> dict[str, Any]:
    """The texts that a word stands in, as one text; and how many of them did not fit."""
    kept: list[list[Any]] = []
    left = TEXTS_BYTES
    for text in word.texts:
        left -= len(json.dumps(_listed(text)))
        if left < 0:
            break
        kept.append(_listed(text))
    return {"texts": json.dumps(kept), "texts_left_out": len(word.texts) - len(kept) or None}


def _listed(text: ReadText) -> list[Any]:
    return [text.text, text.samples, text.max_confidence, text.peak_ms]


def listed_texts(row: dict[str, Any]) -> list[ReadText]:
    """The texts that the item of a word lists: all that it stands in, unless the item says that some were left out."""
    return [ReadText(*text) for text in json.loads(row["texts"])]
