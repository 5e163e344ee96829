"""`decide` on stores in memory, from its options to what it answers: a file of decisions, and videos of one content."""

import asyncio
import csv
import io
import signal
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner, Result

from reelsift.aws.deployment import Deployment
from reelsift.cli.main import app
from reelsift.manifests.messages import TICK_MESSAGE
from reelsift.runtime.signals import run
from support.memory_stores import BUCKET
from support.memory_worker import MemoryWorker, RecordedBus

ROWS = 40


class Decider:
    """Whose credentials decide. At its `interrupted_at`th question comes a Ctrl-C."""

    def __init__(self) -> None:
        self.asked = 0
        self.interrupted_at = 0

    async def principal(self) -> str:
        self.asked += 1
        if self.asked == self.interrupted_at:
            signal.raise_signal(signal.SIGINT)
            await asyncio.Event().wait()
        return "arn:aws:iam::123456789012:user/anna"


class Desk:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.worker = MemoryWorker(bus=RecordedBus())
        self.decider = Decider()
        deployment = replace(self.worker.deployment, caller=cast("Any", self.decider))

        def on_deployment(work: Callable[[Deployment], Awaitable[Any]]) -> Any:
            async def session() -> Any:
                return await work(deployment)

            return run(session())

        for command in ("decide", "decide_many"):
            monkeypatch.setattr(f"reelsift.cli.{command}.on_deployment", on_deployment)

    def decide(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["decide", *arguments, "--yes"])

    def decide_file(self, path: Path) -> tuple[Result, list[str]]:
        """What it came to, and what became of each row."""
        result = self.decide("--from", str(path))
        return result, [row["result"] for row in csv.DictReader(io.StringIO(result.stdout))]

    def ticks(self) -> int:
        """How often the fleet was woken."""
        return [body for queue in self.worker.queues.values() for body, _ in queue.sent].count(TICK_MESSAGE)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    before = signal.getsignal(signal.SIGINT)
    yield Desk(monkeypatch)
    # An interrupted command leaves its own behind, since its process ends.
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_file_answers_what_it_did_wakes_the_fleet_and_goes_on(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    # Each by another person, so that the decider is asked for each.
    rows = [f"s3://{BUCKET}/{number}.mp4,approve,P{number}\n" for number in range(ROWS)]
    path.write_text("video,action,as\n" + "".join(rows))
    desk.decider.interrupted_at = 30
    result, became = desk.decide_file(path)
    assert result.exit_code == 130
    assert "error: interrupted; run the same file again, and it goes on where it stopped" in result.stderr
    assert 0 < len(became) < ROWS
    assert set(became) == {"decided"}
    assert f"{len(became)} decided\n" in result.stderr
    assert desk.ticks() == 1
    result, again = desk.decide_file(path)
    assert (result.exit_code, len(again)) == (0, ROWS)
    assert again[: len(became)] == ["done_before"] * len(became)
    assert desk.ticks() == 2


def test_videos_of_one_content_are_decided_alike_and_wake_the_fleet_once(desk: Desk) -> None:
    keys = ("a.mp4", "b.mp4", "c.mp4")
    desk.worker.videos.sha256 = dict.fromkeys(keys, "0" * 64)
    a, b, c = (f"s3://{BUCKET}/{key}" for key in keys)
    assert desk.decide(a, "approve").exit_code == 0
    assert desk.decide(b, "approve").exit_code == 0
    woken = desk.ticks()
    result = desk.decide(c, "reject", "--reason", "nudity", "--same-content")
    assert result.exit_code == 0
    assert [f"{uri} is rejected: decision" in result.stderr for uri in (a, b, c)] == [True] * 3
    assert desk.ticks() == woken + 1
