"""Which videos a re-evaluation looks at, a page at a time: those of the archive, or those of a batch's lines."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from reelsift.aws.chunks import Chunks
from reelsift.aws.jobs import Jobs
from reelsift.aws.outcomes import Outcomes
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import Job, JobKey
from reelsift.domain.reevaluation import Reevaluation, Walk

PAGE_JOBS = 100
"""Jobs that are read at a time: the rows of so many videos are one request."""

PAGE_LINES = 100
CHUNKS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """A video to look at, and the name of its line. `jobs` are those that were read with it, None where none were."""

    video_id: str
    line: str
    jobs: Sequence[Job] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some videos, and the place behind which the next page begins: None where this was the last."""

    candidates: list[Candidate]
    after: str | None


class Candidates(Protocol):
    """Where the videos of a re-evaluation come from."""

    async def page(self, terms: Reevaluation, walk: Walk, after: str | None) -> Page:
        """The next videos of a part of the archive."""


class OfArchive:
    """Every video that was ever analysed: the table of jobs, in which all jobs of a video lie together."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def page(self, terms: Reevaluation, walk: Walk, after: str | None) -> Page:
        """The next videos with their jobs. One whose jobs may go on behind the page comes with the next."""
        jobs, last = await self._jobs.page(
            part=walk.number, parts=terms.walks, limit=PAGE_JOBS, after=None if after is None else _read_key(after)
        )
        videos = {video_id: list(found) for video_id, found in groupby(jobs, lambda job: job.key.video_id)}
        if last is not None and len(videos) > 1 and last.video_id in videos:
            del videos[last.video_id]
            last = next(reversed(videos.values()))[-1].key
        candidates = [Candidate(video_id, video_id, found) for video_id, found in videos.items()]
        return Page(candidates, None if last is None else json.dumps([last.video_id, str(last.analysis)]))


class OfBatch:
    """The videos of the lines of one batch, by their outcomes. A video of several lines comes as often."""

    def __init__(self, chunks: Chunks, outcomes: Outcomes, batch_id: str) -> None:
        self._chunks = chunks
        self._outcomes = outcomes
        self._batch_id = batch_id

    async def page(self, terms: Reevaluation, walk: Walk, after: str | None) -> Page:
        """The next lines of the chunks that belong to this part."""
        number, line = _read_line(after)
        chunk = await self._chunk(terms, walk, number)
        if chunk is None:
            return Page([], None)
        candidates: list[Candidate] = []
        async for outcome in self._outcomes.of_chunk(self._batch_id, chunk, after=line if chunk == number else ""):
            if outcome.video_id is not None and not outcome.forgotten:
                # Names of lines are unique in their batch, and so are they among the lines of this one.
                candidates.append(Candidate(outcome.video_id, outcome.id.line))
            if len(candidates) == PAGE_LINES:
                return Page(candidates, json.dumps([chunk, outcome.id.line]))
        return Page(candidates, json.dumps([chunk + 1, ""]))

    async def _chunk(self, terms: Reevaluation, walk: Walk, start: int) -> int | None:
        """The first chunk of this part whose number is `start` or higher; None where there is none."""
        while page := await self._chunks.page(self._batch_id, start, CHUNKS_AT_ONCE):
            for chunk in page:
                if chunk.number % terms.walks == walk.number:
                    return chunk.number
            start = page[-1].number + 1
        return None


def _read_key(after: str) -> JobKey:
    video_id, analysis = json.loads(after)
    return JobKey(video_id, Analysis(analysis))


def _read_line(after: str | None) -> tuple[int, str]:
    if after is None:
        return 0, ""
    chunk, line = json.loads(after)
    return chunk, line
