"""How `events resend` ends."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from reelsift.aws.deployment import Deployment
from reelsift.cli.exits import Exit
from reelsift.cli.main import app
from reelsift.domain.status import By, Status, VideoStatus
from reelsift.domain.status_changes import decided
from reelsift.domain.video import Video
from support.memory_stores import BUCKET
from support.memory_worker import MemoryWorker, RecordedBus


async def test_a_resend_of_nothing_says_so_by_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = MemoryWorker(bus=RecordedBus()).deployment
    row = decided(VideoStatus.new(Video(BUCKET, "a", "e")), Status.REJECTED, number=1, by=By(person="p"), at_ms=1)
    await deployment.reviews.write(row, None)

    def on_deployment(work: Callable[[Deployment], Awaitable[Any]]) -> Any:
        return asyncio.run(_of(work(deployment)))

    monkeypatch.setattr("reelsift.cli.events.on_deployment", on_deployment)

    async def resend(prefix: str) -> tuple[int, int]:
        arguments = ["events", "resend", "--prefix", f"s3://{BUCKET}/{prefix}", "--yes", "--json"]
        result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
        return result.exit_code, json.loads(result.stdout)["events"]

    assert await resend("a") == (Exit.DONE, 1)
    assert await resend("b") == (Exit.NOTHING_TO_DO, 0)


async def _of(work: Awaitable[Any]) -> Any:
    return await work
