"""What a deployment has stored, divided on the disk: its videos, and what the copy has of them."""

import asyncio
import hmac
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Coroutine, Iterator
from contextlib import aclosing, suppress
from heapq import heappush, heappushpop
from pathlib import Path
from typing import Any

import structlog
from botocore.exceptions import ClientError

from reelsift.archive.part import UnreadablePart
from reelsift.archive.parts import Parts, StoredPart
from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import code_of
from reelsift.aws.judged_videos import JudgedVideos, judged_video
from reelsift.domain.judged_video import JudgedVideo
from reelsift.domain.policy_test import Scope
from reelsift.policy_tests.relevance import Relevance
from reelsift.policy_tests.spill import EvidenceSpill, VideoSpill

FEW_VIDEOS = 10_000
"""So many videos, or fewer, are searched for in the copy by their ids: of all others nothing is divided."""

DOWNLOADS_AHEAD = 4
"""Parts that lie on the disk and are still to be looked through."""

LISTINGS = 5
"""Parts are compacted while they are read: then they are listed again, so often at the most."""

SCANS = 4
"""Parts of the table that are scanned at a time: to wait for DynamoDB takes longer than to read what it answers."""

PAGE = 100

_SEEN = 15
"""Digits of an id by which it is told from others: two in a billion are the same once in a thousand runs."""

_DRAW = b"policy_test\0"

Progress = Callable[[str, int], None]
"""Told what is counted (`videos`, `parts`, `judged`, `read`), and how many of it there are so far."""

_log = structlog.get_logger(__name__)


class Stored:
    """Divides videos and evidence into the files of a folder.

    `population` are the videos of the scope, `parts` those of the copy that were read, and `size` their length (bytes);
    `unreadable` are damaged or of another format, and `spoilt` their numbers: of these some rows may lie in the files.
    """

    def __init__(
        self, deployment: Deployment, folder: Path, scope: Scope, relevance: Relevance | None, progress: Progress
    ) -> None:
        """Without `relevance` only which answers there are is divided, and no segment of them."""
        self.population = self.parts = self.size = 0
        self.unreadable: list[str] = []
        self.spoilt: set[int] = set()
        self._deployment = deployment
        self._folder = folder
        self._scope = scope
        self._relevance = relevance
        self._progress = progress
        self._stored_parts = Parts(deployment.work)

    async def divide(self) -> None:
        """Do it."""
        if self._scope.is_whole:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._spill_videos())
                tasks.create_task(self._spill_evidence(None))
        else:
            await self._spill_evidence(await self._spill_videos())

    # What there is

    async def _spill_videos(self) -> Collection[str] | None:
        """Divide the videos on the disk. Returns their ids where these are so few that the copy is searched by them."""
        videos, scope = _Videos(self._folder, self._scope.sample, self._progress), self._scope
        if scope.batch_id is not None:
            await videos.take(self._videos_of_batch(scope.batch_id))
        else:
            judged = JudgedVideos(self._deployment.reviews.table)
            segments = [(number, SCANS) for number in range(SCANS)]
            async with asyncio.TaskGroup() as tasks:
                for segment in segments:
                    tasks.create_task(videos.take(judged.all(since_ms=scope.since_ms, segment=segment)))
        self.population = videos.population
        return await asyncio.to_thread(videos.close)

    async def _videos_of_batch(self, batch_id: str) -> AsyncGenerator[JudgedVideo, None]:
        """Those of a batch's lines, each once: a batch may name one twice."""
        # A part of each id, for there may be millions.
        seen: set[int] = set()
        async for ids in self._ids_of_batch(batch_id):
            wanted = [video_id for video_id in dict.fromkeys(ids) if int(video_id[:_SEEN], 16) not in seen]
            seen.update(int(video_id[:_SEEN], 16) for video_id in wanted)
            rows = await self._deployment.reviews.get_many(wanted)
            for video in filter(None, map(judged_video, rows.values())):
                if video.judged_ms >= self._scope.since_ms:
                    yield video

    async def _ids_of_batch(self, batch_id: str) -> AsyncIterator[list[str]]:
        page: list[str] = []
        async for chunk in self._deployment.chunks.of_batch(batch_id):
            async for outcome in self._deployment.outcomes.of_chunk(batch_id, chunk.number):
                if outcome.video_id is not None and not outcome.forgotten:
                    page.append(outcome.video_id)
                if len(page) == PAGE:
                    yield page
                    page = []
        yield page

    # What was found of it

    async def _spill_evidence(self, only: Collection[str] | None) -> None:
        """Divide on the disk what of the copy can matter."""
        spill = EvidenceSpill(self._folder, self._relevance, only)
        try:
            async with aclosing(self._downloaded()) as downloaded:
                async for part, path in downloaded:
                    await self._look_through(spill, part, path)
        finally:
            await asyncio.to_thread(spill.close)

    async def _look_through(self, spill: EvidenceSpill, part: StoredPart, path: Path) -> None:
        import pyarrow as pa  # type: ignore[import-untyped]

        self.parts += 1
        self.size += part.size
        try:
            await asyncio.to_thread(spill.add, path, self.parts)
        except (UnreadablePart, pa.ArrowException, OSError) as error:
            # Its answers count as lacking, and are read from the results as far as they are few.
            self.unreadable.append(part.key)
            self.spoilt.add(self.parts)
            _log.warning("part_unreadable", part=part.key, error=str(error))
        finally:
            await asyncio.to_thread(path.unlink)
        self._progress("parts", self.parts)

    async def _downloaded(self) -> AsyncGenerator[tuple[StoredPart, Path], None]:
        """All parts, each as a file, a few of them ahead. One that was compacted meanwhile is found in another part."""
        seen: set[str] = set()
        for _ in range(LISTINGS):
            new = [part for part in await self._stored_parts.all() if part.key not in seen]
            seen.update(part.key for part in new)
            missed = False
            async with aclosing(_ahead(new, self._download)) as downloads:
                async for part, path in downloads:
                    if path is None:
                        missed = True
                    else:
                        yield part, path
            if not missed:
                return
        _log.warning("parts_change", then="what was not found counts as lacking")

    async def _download(self, part: StoredPart) -> Path | None:
        path = self._folder / f"part-{secrets.token_hex(8)}"
        try:
            await self._stored_parts.download(part, path)
        except ClientError as error:
            await asyncio.to_thread(path.unlink)
            if code_of(error) != "NoSuchKey":
                raise
            return None
        return path


class _Videos:
    """The videos of a test while they are divided on the disk: all there are, or a sample of them.

    A sample is drawn by a secret of this run alone: who uploads cannot choose a key that is never drawn, and what one
    test draws says nothing of another draw.
    """

    def __init__(self, folder: Path, sample: int | None, progress: Progress) -> None:
        self.population = 0
        self._spill = VideoSpill(folder)
        self._sample = sample
        self._progress = progress
        self._ids: set[str] = set()
        self._secret = secrets.token_bytes(32)
        self._drawn: list[tuple[bytes, str, JudgedVideo]] = []

    async def take(self, videos: AsyncGenerator[JudgedVideo, None]) -> None:
        """Take in these."""
        async with aclosing(videos):
            async for video in videos:
                self.population += 1
                self._progress("videos", self.population)
                if self._sample is None:
                    self._add(video)
                else:
                    self._draw(video, self._sample)

    def close(self) -> Collection[str] | None:
        """End the files. Returns the ids of the videos where they are no more than FEW_VIDEOS."""
        for _, _, video in self._drawn:
            self._add(video)
        self._spill.close()
        return self._ids if len(self._ids) <= FEW_VIDEOS else None

    def _add(self, video: JudgedVideo) -> None:
        self._spill.add(video)
        if len(self._ids) <= FEW_VIDEOS:
            self._ids.add(video.video_id)

    def _draw(self, video: JudgedVideo, size: int) -> None:
        digest = hmac.digest(self._secret, _DRAW + video.video_id.encode(), "sha256")
        # Those with the highest digests: the heap gives up its smallest.
        push = heappush if len(self._drawn) < size else heappushpop
        push(self._drawn, (digest, video.video_id, video))


async def _ahead(
    parts: list[StoredPart], download: Callable[[StoredPart], Coroutine[Any, Any, Path | None]]
) -> AsyncGenerator[tuple[StoredPart, Path | None], None]:
    """Each part with its file, while the next ones are downloaded."""
    remaining: Iterator[StoredPart] = iter(parts)
    under_way: list[tuple[StoredPart, asyncio.Task[Path | None]]] = []
    try:
        while True:
            for part in remaining:
                under_way.append((part, asyncio.create_task(download(part))))
                if len(under_way) >= DOWNLOADS_AHEAD:
                    break
            if not under_way:
                return
            part, task = under_way.pop(0)
            yield part, await task
    finally:
        for _, task in under_way:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
