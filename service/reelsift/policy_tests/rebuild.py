"""How complete the copy of all answers is, and what it lacks, read anew from the stored results."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from botocore.exceptions import ClientError

from reelsift.archive.part import SUFFIX, PartFile, is_kept, month_folder
from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import code_of
from reelsift.domain.job import JobKey
from reelsift.domain.policy_test import EVERYTHING
from reelsift.domain.result import ResultReader
from reelsift.policy_tests.division import lacking_answers
from reelsift.policy_tests.spill import DIVISIONS
from reelsift.policy_tests.stored import PAGE, Progress, Stored
from reelsift.runtime.clock import Clock, SystemClock

PART_ANSWERS = 5_000
"""Answers of a part that is made here; compaction makes longer ones of them."""

READS_AT_ONCE = 8
"""Results that are held at a time: a dense one may have 20 MB."""


@dataclass(slots=True)
class CopyState:
    """What the copy has. Answers are those that verdicts rest on and that a policy may judge; `lacking` are not in the
    copy, of `lacking_videos`. `parts` were read, of `size` bytes, of which `unreadable` are damaged or of another
    format.
    """

    videos: int = 0
    answers: int = 0
    lacking: int = 0
    lacking_videos: int = 0
    parts: int = 0
    size: int = 0
    unreadable: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Rebuilt:
    """What became of the answers that the copy lacked: `copied` are there now, of `gone` the result was deleted, or
    another has taken its place.
    """

    copied: int = 0
    gone: int = 0


class _Result(NamedTuple):
    """A stored result that the copy lacks."""

    video_id: str
    key: str


class CopyRebuild:
    """Finds out what the copy lacks, and writes it. What it makes is found by the next that looks, so it may be left
    off and begun again at any time.
    """

    def __init__(
        self, deployment: Deployment, folder: Path, progress: Progress | None = None, clock: Clock = SystemClock()
    ) -> None:
        """`folder` is one that is empty; files of any size come there."""
        self._deployment = deployment
        self._folder = folder
        self._progress = progress or (lambda _what, _count: None)
        self._clock = clock
        self._stored = Stored(deployment, folder, EVERYTHING, None, self._progress)

    async def state(self) -> CopyState:
        """What the copy has. To be asked once, and first."""
        stored = self._stored
        await stored.divide()
        state = CopyState(stored.population, parts=stored.parts, size=stored.size, unreadable=stored.unreadable)
        for division in range(DIVISIONS):
            await asyncio.to_thread(self._count, state, division)
        return state

    async def rebuild(self) -> Rebuilt:
        """Write what the copy lacks, and delete the parts that cannot be read."""
        rebuilt, waiting = Rebuilt(), list[_Result]()
        async for results in self._lacking(rebuilt):
            waiting += results
            while len(waiting) >= PART_ANSWERS:
                await self._write(rebuilt, waiting[:PART_ANSWERS])
                del waiting[:PART_ANSWERS]
        await self._write(rebuilt, waiting)
        for key in self._stored.unreadable:
            await self._deployment.work.delete(key)
        return rebuilt

    def _count(self, state: CopyState, division: int) -> None:
        for video, lacking in lacking_answers(self._folder, division, self._stored.spoilt):
            state.answers += sum(map(is_kept, video.attempts))
            state.lacking += len(lacking)
            state.lacking_videos += bool(lacking)

    async def _lacking(self, rebuilt: Rebuilt) -> AsyncIterator[list[_Result]]:
        """Where the results lie that the copy lacks, some at a time."""
        for division in range(DIVISIONS):
            found = await asyncio.to_thread(self._lacking_of, division)
            for start in range(0, len(found), PAGE):
                keys = dict(found[start : start + PAGE])
                jobs = {job.key: job for job in await self._deployment.jobs.get_many(list(keys))}
                results = list[_Result]()
                for key, attempt in keys.items():
                    answered = jobs[key].newest_answer if key in jobs else None
                    if answered is None or answered.attempt != attempt:
                        rebuilt.gone += 1
                    else:
                        results.append(_Result(key.video_id, answered.result_key))
                yield results

    def _lacking_of(self, division: int) -> list[tuple[JobKey, int]]:
        return [
            (JobKey(video.video_id, analysis), video.attempts[analysis])
            for video, lacking in lacking_answers(self._folder, division, self._stored.spoilt)
            for analysis in lacking
        ]

    async def _write(self, rebuilt: Rebuilt, results: Sequence[_Result]) -> None:
        """Write a part of these results, as far as they are there."""
        if not results:
            return
        key = f"{month_folder(self._clock.now_ms())}rebuilt-{uuid.uuid4().hex}{SUFFIX}"
        async with self._deployment.work.writer(key, "application/vnd.apache.parquet") as writer:
            file = await asyncio.to_thread(PartFile)
            for start in range(0, len(results), READS_AT_ONCE):
                some = results[start : start + READS_AT_ONCE]
                for result, body in zip(some, await asyncio.gather(*map(self._body, some)), strict=True):
                    if body is None:
                        rebuilt.gone += 1
                        continue
                    await writer.write(await asyncio.to_thread(_add, file, result, body))
                    rebuilt.copied += 1
                    self._progress("copied", rebuilt.copied)
            await writer.write(await asyncio.to_thread(file.close))

    async def _body(self, result: _Result) -> bytes | None:
        try:
            return await self._deployment.work.get(result.key)
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            return None


def copy_folder() -> "TemporaryDirectory[str]":
    """A folder for what is divided, which is deleted at the end of its context."""
    return TemporaryDirectory(prefix="reelsift-policy-archive-")


def _add(file: PartFile, result: _Result, body: bytes) -> bytes:
    reader, begin = ResultReader(), 0
    for segments in filter(None, reader.add(body)):
        file.add(result.video_id, reader.head, segments, begin=begin)
        begin += len(segments)
    if not begin:
        file.add(result.video_id, reader.head, [])
    return file.take()
