"""Answers for lines that no manifest has, kept for a moment and then written as a part of the copy.

The report of their day brings them anyhow, a day after the last of them: until then a test of a policy would have to
read each result. So nothing is lost with a worker that dies here, nor with what there is no room for.
"""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import structlog

from reelsift.archive.part import SUFFIX, PartFile, is_kept, month_folder
from reelsift.aws.copy_upkeep import CopyUpkeeps
from reelsift.aws.errors import is_outage
from reelsift.aws.objects import WorkBucket
from reelsift.domain.job import Job
from reelsift.domain.line import DIRECT_PREFIX
from reelsift.domain.result import segment_members
from reelsift.domain.segments import Segment
from reelsift.runtime.clock import Clock

MOST_SEGMENTS = 20_000
"""Segments that are held, some 20 MB with their details."""

MOST_ANSWERS = 5_000

_log = structlog.get_logger(__name__)


class _Answer(NamedTuple):
    video_id: str
    head: Mapping[str, Any]
    segments: Sequence[Segment]


class FreshAnswers:
    """Takes answers as they settle."""

    def __init__(self, *, work: WorkBucket, upkeeps: CopyUpkeeps, clock: Clock) -> None:
        self._work = work
        self._copy_upkeeps = upkeeps
        self._clock = clock
        self._held: list[_Answer] = []
        self._segments = 0
        self._left = 0

    def take(self, job: Job, head: Mapping[str, Any], segments: Sequence[Segment]) -> None:
        """Hold the answer of a job that has just settled, if no manifest has its line and there is room."""
        if not is_kept(job.analysis) or not job.asked.by.batch_id.startswith(DIRECT_PREFIX):
            return
        if self._segments + len(segments) > MOST_SEGMENTS or len(self._held) >= MOST_ANSWERS:
            self._left += 1
            return
        self._held.append(_Answer(job.key.video_id, head, segments))
        self._segments += len(segments)

    async def flush(self) -> None:
        """Write what is held. What cannot be written is left to the reports."""
        held, left = self._held, self._left
        self._held, self._segments, self._left = [], 0, 0
        if not held:
            return
        # What is forgotten by now comes in no more: the pass that takes it out waits longer than this.
        gone = await self._copy_upkeeps.gone(self._clock.now_ms())
        body = await asyncio.to_thread(_made, [answer for answer in held if answer.video_id not in gone])
        if body is None:
            return
        key = f"{month_folder(self._clock.now_ms())}fresh-{uuid.uuid4().hex}{SUFFIX}"
        await self._work.put(key, body, "application/vnd.apache.parquet")
        _log.info("fresh_answers_copied", answers=len(held), left_to_the_report=left, bytes=len(body))

    async def drain(self) -> None:
        """Write what is held, as this worker stops."""
        try:
            await self.flush()
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", then="left to the reports")


def _made(answers: Sequence[_Answer]) -> bytes | None:
    """The part of these answers, each once; None of none."""
    part, seen = PartFile(), set[tuple[str, str, int]]()
    for answer in answers:
        name = answer.video_id, answer.head["analysis"], answer.head["attempt"]
        if name not in seen:
            seen.add(name)
            part.add(answer.video_id, answer.head, list(map(segment_members, answer.segments)))
    return part.close() if seen else None
