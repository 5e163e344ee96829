"""Videos whose answers the copy lacks, judged by their stored results instead."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from reelsift.archive.part import is_kept
from reelsift.aws.errors import code_of
from reelsift.aws.jobs import Jobs
from reelsift.aws.objects import WorkBucket
from reelsift.domain.job import Answered, JobKey
from reelsift.domain.judged_video import JudgedVideo, KnownAnswer
from reelsift.domain.policy_test import LeftOut, PolicyTest
from reelsift.domain.result import ResultReader, read_segment
from reelsift.domain.segments import Segment
from reelsift.policy_tests.division import Judge
from reelsift.policy_tests.relevance import Relevance

VIDEOS_AT_ONCE = 16


class AnswersGone(Exception):
    """A video cannot be judged by stored results; `why` says whether one was deleted or another took its place."""

    def __init__(self, why: LeftOut) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(slots=True)
class _Read:
    """What of the results of a video can matter to a policy."""

    answers: list[KnownAnswer] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)


class StoredAnswers:
    """Judges by stored results: a read of the jobs, and one GET a result."""

    def __init__(self, jobs: Jobs, work: WorkBucket, relevance: Relevance, judge: Judge) -> None:
        self._jobs = jobs
        self._work = work
        self._relevance = relevance
        self._judge = judge

    async def add(self, test: PolicyTest, videos: Sequence[JudgedVideo]) -> None:
        """Count these videos in a test."""
        for start in range(0, len(videos), VIDEOS_AT_ONCE):
            some = videos[start : start + VIDEOS_AT_ONCE]
            for video, read in zip(some, await asyncio.gather(*map(self._read, some)), strict=True):
                if isinstance(read, LeftOut):
                    test.leave_out(read)
                    continue
                judgement = await asyncio.to_thread(self._judge.judge, read.segments, frozenset(video.attempts))
                test.add(video, judgement, read.answers, self._judge.asked)

    async def _read(self, video: JudgedVideo) -> "_Read | LeftOut":
        read = _Read()
        try:
            async for answered, key in self._answers(video):
                await self._append(read, answered, key)
        except AnswersGone as gone:
            return gone.why
        return read

    async def _answers(self, video: JudgedVideo) -> AsyncIterator[tuple[Answered, JobKey]]:
        """Where the results lie that the verdict rests on. Raises AnswersGone where another has taken a place."""
        keys = [JobKey(video.video_id, analysis) for analysis in video.attempts if is_kept(analysis)]
        jobs = {job.key: job for job in await self._jobs.get_many(keys)}
        for key in keys:
            answered = jobs[key].newest_answer if key in jobs else None
            if answered is None or answered.attempt != video.attempts[key.analysis]:
                raise AnswersGone(LeftOut.CHANGED)
            yield answered, key

    async def _append(self, read: _Read, answered: Answered, key: JobKey) -> None:
        reader = ResultReader()
        try:
            async with aclosing(self._work.pieces(answered.result_key)) as pieces:
                async for piece in pieces:
                    read.segments += await asyncio.to_thread(self._relevant, reader, piece)
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            raise AnswersGone(LeftOut.GONE) from None
        head = reader.head
        read.answers.append(KnownAnswer(key.analysis, answered.attempt, head["model_version"], head.get("seen_from")))

    def _relevant(self, reader: ResultReader, piece: bytes) -> list[Segment]:
        return [
            read_segment(members) for some in reader.add(piece) for members in some if self._relevance.holds(members)
        ]
