"""Videos that wait for people, written as workers leave them: without a worker, and at once."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.domain.analysis import Analysis
from reelsift.domain.dataset import AnalysisState, AnalysisStatus, DatasetHead, encode_dataset
from reelsift.domain.handling import DEFAULT_QUEUE, Handling, QueueRule
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.result import peak_members
from reelsift.domain.review_item import ItemCause, new_item
from reelsift.domain.second_opinion import second_opinion
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_changes import judged
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from reelsift.reviews.desk import worker_items
from reelsift.runtime.clock import SystemClock
from reelsift.settings import load_settings
from support.live import always
from support.patience import PATIENCE_S
from support.world import BUCKET, World

Result = TypeVar("Result")

DURATION_MS = 60_000


def peak(label: str, confidence: float, *parents: str, at_ms: int = 1000) -> Peak:
    """Something that passed a threshold of 50, for two seconds."""
    ranges = ((at_ms - 500, at_ms + 1500),)
    return Peak(Analysis.CONTENT_MODERATION, label, parents, confidence, at_ms, 50.0, ranges)


def segment(
    label: str, confidence: float, *parents: str, at_ms: int = 1000, analysis: str = "content_moderation"
) -> Any:
    """What was seen for two seconds, as results have it."""
    return {
        "analysis": analysis,
        "label": label,
        "parents": list(parents),
        "start_ms": at_ms - 500,
        "end_ms": at_ms + 1500,
        "samples": 4,
        "max_confidence": confidence,
        "mean_confidence": confidence,
        "peak_ms": at_ms,
    }


class Waiting:
    """Puts videos before reviewers, in the deployment of a world. Make one with `waiting_in`."""

    def __init__(self, world: World, loop: asyncio.AbstractEventLoop, deployment: Deployment) -> None:
        self._world = world
        self._loop = loop
        self._deployment = deployment

    def review(
        self,
        key: str,
        *peaks: Peak,
        made: Verdict = Verdict.REVIEW,
        beside: Sequence[Mapping[str, Any]] = (),
        cause: ItemCause | None = None,
        content_type: str = "video/mp4",
        queue: str = DEFAULT_QUEUE,
        versioned: bool = True,
        body: bytes | None = None,
        context: Mapping[str, Any] | None = None,
        frame_rate: float | None = None,
    ) -> str:
        """A video that was analysed and judged; its id. `beside` are segments that no reason is about. With `cause`
        an item of that one, else the one that its status asks for, in a `queue`. `versioned` is whether it is known by
        its version, too. Without `body` its content is not one that can be played. `frame_rate` is what answers tell.
        """
        content = key.encode() if body is None else body
        stored = self._world.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content, ContentType=content_type)
        video = Video(BUCKET, key, stored["ETag"].strip('"'), stored["VersionId"] if versioned else None, len(content))
        written = (video, made, peaks, beside, cause, queue, context, frame_rate)
        self.run(lambda deployment: self._write(deployment, *written))
        return video.video_id

    def second_opinion(self, video_id: str, *, queue: str = DEFAULT_QUEUE) -> None:
        """Have another person asked about what was decided of a video, as a worker does that has drawn it."""

        async def ask(deployment: Deployment) -> None:
            row = await deployment.reviews.get(video_id)
            assert row is not None
            decided = [decision.principal async for decision in deployment.decisions.of_video(video_id)]
            handling = _of_queue(queue, () if row.verdict is None else row.verdict.reasons)
            now_ms = SystemClock().now_ms()
            item = second_opinion(row, handling, excluded=decided, probability=0.5, now_ms=now_ms)
            items = worker_items(deployment, always(handling), SystemClock())
            assert await items.open(item, row) is not None

        self.run(ask)

    def run(self, work: Callable[[Deployment], Coroutine[Any, Any, Result]]) -> Result:
        """Do something with the stores of the deployment, beside the console."""
        return asyncio.run_coroutine_threadsafe(work(self._deployment), self._loop).result(PATIENCE_S)

    async def _write(
        self,
        deployment: Deployment,
        video: Video,
        made: Verdict,
        peaks: Sequence[Peak],
        beside: Sequence[Mapping[str, Any]],
        cause: ItemCause | None,
        queue: str,
        context: Mapping[str, Any] | None,
        frame_rate: float | None,
    ) -> None:
        handling = _of_queue(queue, peaks)
        now_ms = SystemClock().now_ms()
        verdict = VideoVerdict(video, made, (), Basis({Analysis.CONTENT_MODERATION: 1}, "p" * 16), tuple(peaks), now_ms)
        head = DatasetHead(
            video=video,
            duration_ms=DURATION_MS,
            frame_rate=frame_rate,
            analyses={Analysis.CONTENT_MODERATION: AnalysisState(AnalysisStatus.SUCCEEDED, 1, "job", "7.0")},
            verdict=str(made),
            basis=verdict.basis.members(),
            reasons=[peak_members(each) for each in peaks],
        )
        segments = [segment(each.label, each.max_confidence, *each.parents, at_ms=each.peak_ms) for each in peaks]
        body = b"".join(encode_dataset(head, [sorted([*segments, *beside], key=lambda one: one["start_ms"])]))
        await deployment.work.put(verdict.dataset_key, body, "application/json")
        before = replace(VideoStatus.new(video), context=context)
        row = await deployment.reviews.write(judged(before, verdict, duration_ms=DURATION_MS), None)
        items = worker_items(deployment, always(handling), SystemClock())
        if cause is None:
            await items.settle(row)
        else:
            opened = await items.open(new_item(row, cause, handling, now_ms=now_ms, probability=0.5), row)
            assert opened is not None


def _of_queue(queue: str, peaks: Sequence[Peak]) -> Handling:
    """By this, videos of these peaks wait in a queue."""
    return Handling(queues={peak.path[0].casefold(): QueueRule(queue) for peak in peaks})


@contextmanager
def waiting_in(world: World) -> Iterator[Waiting]:
    """The deployment of a world, opened for as long as videos are put before its reviewers.

    Its loop has a thread of its own: where a browser is driven, another loop runs in the test's.
    """
    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(_run, loop)
        opened = AsyncExitStack()

        async def open_it() -> Deployment:
            return await opened.enter_async_context(open_deployment(load_settings()))

        try:
            with _environment(world.env):
                deployment = asyncio.run_coroutine_threadsafe(open_it(), loop).result(PATIENCE_S)
            yield Waiting(world, loop, deployment)
            asyncio.run_coroutine_threadsafe(opened.aclose(), loop).result(PATIENCE_S)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            running.result(PATIENCE_S)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
