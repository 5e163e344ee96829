"""A deployment with workers in the test's own process."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

import boto3

from reelsift.aws.deployment import Deployment
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import Batch, BatchState
from reelsift.domain.outcome import Outcome
from reelsift.policies import configured_policy
from reelsift.runtime.clock import Clock, SystemClock, now_ms
from reelsift.runtime.timings import Timings
from reelsift.worker.lifecycle import Worker
from rekognition_cloud import clips
from rekognition_cloud.process import CloudProcess
from support.acting import acting
from support.books import Books
from support.clocks import QUICK_TIMINGS
from support.patience import PATIENCE_S

_Value = TypeVar("_Value")

Sites = Callable[..., AbstractAsyncContextManager["Site"]]
"""Opens a deployment with settings of the test's choice: `async with sites(quota="2") as site`."""


class Site:
    """A deployment with its books, and as many workers as a test runs."""

    def __init__(
        self,
        cloud: CloudProcess,
        deployment: Deployment,
        books: Books,
        timings: Timings = QUICK_TIMINGS,
        clock: Clock = SystemClock(),
    ) -> None:
        self.cloud = cloud
        self.deployment = deployment
        self.books = books
        self.timings = timings
        self.clock = clock
        self.bucket = f"{deployment.settings.deployment}-videos"

    def put_video(self, key: str, seconds: float = 2, *, seed: int = 0, answer: Any = None, **options: Any) -> int:
        """Upload a clip, and beside it the answer Rekognition is to give; returns its size in bytes."""
        s3 = boto3.client("s3")
        if answer is not None:
            s3.put_object(Bucket=self.bucket, Key=f"{key}.content_moderation.json", Body=json.dumps(answer))
        body = clips.clip(seconds, seed=seed)
        s3.put_object(Bucket=self.bucket, Key=key, Body=body, **options)
        return len(body)

    async def send(self, key: str, batch: str | None = None, **members: Any) -> None:
        """Send a line; with `batch` as line `key` of its chunk 0."""
        named = {"batch": batch, "chunk": 0, "line": key} if batch else {}
        body = json.dumps({"bucket": self.bucket, "key": key, **named, **members})
        await self.deployment.intake_for(priority=False).send([body])

    async def batch(self, name: str, **fields: Any) -> None:
        """A batch of one chunk whose lines the test sends itself: it stands in no index, so that no worker does."""
        batch = Batch(
            batch_id=name, name=name, source="test", created_ms=now_ms(), total=1000, chunks=1, manifest_key="m"
        )
        await self.deployment.batches.create(replace(batch, **fields))

    async def turn(self, name: str, state: BatchState) -> None:
        """Do to a batch what a command does."""
        while True:
            batch = await self.deployment.batches.get(name)
            assert batch is not None
            try:
                await self.deployment.batches.change(batch, state=state)
            except ConditionFailed:
                continue
            return

    async def outcomes(self, batch: str, count: int) -> dict[str, Outcome]:
        """The outcomes of a batch by line, once there are so many."""

        async def all_of_them() -> dict[str, Outcome] | None:
            found = {each.id.line: each async for each in self.deployment.outcomes.of_chunk(batch, 0)}
            return found if len(found) >= count else None

        return await until(all_of_them, f"{count} outcomes of {batch}")

    def started(self) -> list[dict[str, Any]]:
        """What Rekognition's books say of this deployment: every job it was ever asked for."""
        mark = f"{self.deployment.settings.deployment}:"
        return [job for job in self.cloud.jobs() if str(job["job_tag"]).startswith(mark)]

    def finish(self) -> None:
        """End what runs at Rekognition."""
        self.cloud.finish_jobs(*(job["job_id"] for job in self.started()))

    def jobs(self) -> dict[str, dict[str, Any]]:
        """The rows of jobs by the key of their video. A claim on a content is no job."""
        return {row["key"]: row for row in self.books.jobs() if "state" in row}

    async def state(self, key: str, state: str) -> dict[str, Any]:
        """The job of a video, once it is in this state."""

        async def row() -> dict[str, Any] | None:
            found = self.jobs().get(key, {})
            return found if found.get("state") == state else None

        return await until(row, f"{key} {state}")

    def delayed(self) -> int:
        """How many messages of the intake queue were sent to come later."""
        answer = self.books.client("sqs").get_queue_attributes(
            QueueUrl=self.books.queue_url("intake"), AttributeNames=["ApproximateNumberOfMessagesDelayed"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessagesDelayed"])

    async def no_messages(self) -> None:
        """Wait until the intake queue is empty."""

        async def empty() -> bool:
            return self.books.waiting_messages() == 0

        await until(empty, "an empty queue")

    async def quiet(self) -> None:
        """Wait until nothing is open, and see that no slot and no money is held by nobody."""

        async def closed() -> bool:
            return self.books.open_jobs() == 0

        await until(closed, "every job CLOSED")
        assert self.books.held_slots() == []
        assert self.books.waiters() == []
        for row in self.books.rows("batches"):
            assert int(row.get("reserved", 0)) == 0, row
            assert int(row.get("spent", 0)) == int(row.get("committed", 0)), row

    @asynccontextmanager
    async def worker(self, timings: Timings | None = None) -> AsyncIterator[None]:
        """A whole worker for as long as the block lasts; at its end it drains. `timings` are its own, if given."""
        stop = asyncio.Event()
        policy = configured_policy(self.deployment.settings)
        worker = Worker(self.deployment, policy, f"w-{secrets.token_hex(3)}", stop, timings or self.timings, self.clock)
        with acting("task"):
            running = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            stop.set()
            await running


async def until(probe: Callable[[], Awaitable[_Value | None]], what: str) -> _Value:
    """The first true value of `probe`, asked again and again; fails the test where none comes."""
    deadline = time.monotonic() + PATIENCE_S
    pause = 0.02
    while True:
        value = await probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {PATIENCE_S:.0f} s still not so: {what}")
        pause = min(0.3, pause * 1.5)
        await asyncio.sleep(pause)
