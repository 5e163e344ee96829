"""A policy held against everything stored: which videos would get another verdict, and what cannot be known."""

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from reelsift.aws.deployment import Deployment
from reelsift.domain.judged_video import JudgedVideo
from reelsift.domain.policy import Policy
from reelsift.domain.policy_test import EVERYTHING, LeftOut, PolicyTestRun, Scope
from reelsift.domain.policy_version import Models
from reelsift.policy_tests.division import MOST_READ, DivisionTest, Judge, judge_division
from reelsift.policy_tests.relevance import Relevance
from reelsift.policy_tests.spill import DIVISIONS
from reelsift.policy_tests.stored import PAGE, Progress, Stored
from reelsift.policy_tests.stored_answers import StoredAnswers

ONE_PROCESS = 5_000
"""So many videos are judged before another process has begun."""

MOST_PROCESSES = 8


async def run_test(
    deployment: Deployment,
    policy: Policy,
    scope: Scope = EVERYTHING,
    progress: Progress | None = None,
    *,
    known_models: Models | None = None,
) -> PolicyTestRun:
    """Test a policy. Memory is bounded, whatever the deployment holds: what is read is divided on the disk first.

    Where machines reject, `known_models` are the versions of models by which they do; None where they do not.
    """
    told = progress or (lambda _what, _count: None)
    with TemporaryDirectory(prefix="reelsift-policy-test-") as name:
        return await _Test(deployment, Judge(policy, known_models), scope, Path(name), told).run()


class _Test:
    def __init__(self, deployment: Deployment, judge: Judge, scope: Scope, folder: Path, progress: Progress) -> None:
        self._deployment = deployment
        self._folder = folder
        self._progress = progress
        self._relevance = Relevance(judge.policy)
        self._judge = judge
        self._stored = Stored(deployment, folder, scope, self._relevance, progress)
        self._run = PolicyTestRun(scope)

    async def run(self) -> PolicyTestRun:
        stored, run = self._stored, self._run
        await stored.divide()
        run.population, run.parts, run.unreadable = stored.population, stored.parts, stored.unreadable
        lacking: list[JudgedVideo] = []
        lacking_more = judged = 0
        async for division in self._divisions():
            run.test.merge(division.test)
            room = MOST_READ - len(lacking)
            lacking += division.lacking[:room]
            lacking_more += division.lacking_more + len(division.lacking[room:])
            judged += division.test.videos
            self._progress("judged", judged)
        read = _first_answers(lacking)
        run.test.leave_out(LeftOut.LACKING, lacking_more + len(lacking) - len(read))
        await self._read(read)
        return run

    async def _divisions(self) -> AsyncIterator[DivisionTest]:
        processes = min(os.cpu_count() or 1, MOST_PROCESSES)
        if self._run.population <= ONE_PROCESS or processes == 1:
            for division in range(DIVISIONS):
                yield await asyncio.to_thread(judge_division, self._folder, division, self._judge, self._stored.spoilt)
            return
        loop = asyncio.get_running_loop()
        # A fork would take over locks that other threads of this process hold.
        context = get_context("spawn")
        first = self._judge.policy, self._judge.asked.known_models
        with ProcessPoolExecutor(processes, context, _begin, first) as pool:
            tasks = [
                loop.run_in_executor(pool, _judge_division, self._folder, division, self._stored.spoilt)
                for division in range(DIVISIONS)
            ]
            try:
                for task in tasks:
                    yield await task
            finally:
                for task in tasks:
                    task.cancel()

    async def _read(self, videos: list[JudgedVideo]) -> None:
        answers = StoredAnswers(self._deployment.jobs, self._deployment.work, self._relevance, self._judge)
        for start in range(0, len(videos), PAGE):
            await answers.add(self._run.test, videos[start : start + PAGE])
            self._run.read = min(start + PAGE, len(videos))
            self._progress("read", self._run.read)


def _first_answers(videos: Iterable[JudgedVideo]) -> list[JudgedVideo]:
    """The first of these videos, with MOST_READ answers altogether at the most."""
    first: list[JudgedVideo] = []
    answers = 0
    for video in videos:
        answers += len(video.attempts)
        if answers > MOST_READ:
            break
        first.append(video)
    return first


_judge: Judge | None = None
"""Of a process that judges divisions."""


def _begin(policy: Policy, known_models: Models | None) -> None:
    global _judge  # noqa: PLW0603 - a process has one, made as it begins
    _judge = Judge(policy, known_models)


def _judge_division(folder: Path, division: int, spoilt: Collection[int]) -> DivisionTest:
    assert _judge is not None  # noqa: S101 - `_begin` has run
    return judge_division(folder, division, _judge, spoilt)
