"""What `show` prints of videos that no analysis has a result of."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reelsift.aws.deployment import Deployment
from reelsift.cli.main import app
from reelsift.domain.decision import Action
from reelsift.domain.video import Video
from reelsift.jobs.forgetting import forget
from support.json_schema import problems
from support.memory_stores import BUCKET
from support.memory_worker import MemoryWorker
from support.recorded_decisions import RecordedDecisions

VIDEO = Video(BUCKET, "a.mp4", "etag")


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """That of every command of the test."""
    worker = MemoryWorker()

    def on_deployment(work: Callable[[Deployment], Awaitable[Any]]) -> Any:
        return asyncio.run(_of(work(worker.deployment)))

    monkeypatch.setattr("reelsift.cli.show.on_deployment", on_deployment)
    return worker.deployment


async def _of(work: Awaitable[Any]) -> Any:
    return await work


def show() -> Result:
    return CliRunner().invoke(app, ["show", VIDEO.video_id, "--json"])


async def _decide(deployment: Deployment) -> None:
    await RecordedDecisions(deployment.reviews.table).decide_on(VIDEO, Action.REJECT)


async def _decide_and_forget(deployment: Deployment) -> None:
    await _decide(deployment)
    await forget(deployment, VIDEO.video_id)


def test_of_a_video_that_was_decided_and_never_analysed_the_status_is_printed(deployment: Deployment) -> None:
    asyncio.run(_decide(deployment))
    result = show()
    document = json.loads(result.stdout)
    assert (result.exit_code, problems(document, "video-dataset.schema.json")) == (1, [])
    assert (document["video"]["video_id"], document["video"]["uri"]) == (VIDEO.video_id, VIDEO.uri)
    assert (document["status"]["status"], document["analyses"], document["segments"]) == ("rejected", {}, [])
    assert "status: rejected; since " in result.stderr


def test_of_a_forgotten_video_what_is_left_is_printed(deployment: Deployment) -> None:
    asyncio.run(_decide_and_forget(deployment))
    result = show()
    document = json.loads(result.stdout)
    assert (result.exit_code, problems(document, "video-dataset.schema.json")) == (1, [])
    assert (document["video"]["video_id"], document["video"]["uri"]) == (VIDEO.video_id, None)
    assert document["forgotten"] == {"status": "rejected", "revision": 1, "decisions": 1, "standing": 1}
    assert "status" not in document
    assert "status: forgotten; rejected by decision 1" in result.stderr
