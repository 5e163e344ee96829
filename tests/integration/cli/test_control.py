import json
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from integration.cli.conftest import Deployed
from integration.cli.rows import make_batch, outcome
from reelsift.aws.deployment import Deployment
from reelsift.batches.control import TRIES, change_batch, pausing
from reelsift.domain.batch import Batch, BatchState, Counts
from reelsift.domain.failure import Reason
from reelsift.domain.line import OutcomeStatus
from reelsift.errors import BatchKeepsChanging
from reelsift.manifests.messages import TICK_MESSAGE
from support.forks import Forks
from support.patience import PATIENCE_S


async def half_done(deployment: Deployment) -> None:
    await make_batch(deployment, "b1", ["1.mp4", "2.mp4", "3.mp4", "4.mp4"])
    await deployment.outcomes.record([outcome("b1", 1), outcome("b1", 2, OutcomeStatus.FAILED)])


async def batch_of(deployment: Deployment) -> Batch:
    batch = await deployment.batches.get("b1")
    assert batch is not None
    return batch


async def messages(deployment: Deployment) -> Sequence[str]:
    return [message.body for message in await deployment.queues["intake"].receive(10, wait_s=0, visibility_s=1)]


def ran(deployed: Deployed, *arguments: str) -> dict[str, Any]:
    result = deployed.cli(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    members: dict[str, Any] = json.loads(result.stdout)
    return members


def test_a_batch_is_paused_and_goes_on(deployed: Deployed) -> None:
    deployed.do(half_done)
    assert ran(deployed, "pause", "b1") == {"batch": "b1", "state": "Pausing", "changed": True}
    assert deployed.do(messages) == []
    assert ran(deployed, "resume", "b1") == {"batch": "b1", "state": "Active", "changed": True}
    batch = deployed.do(batch_of)
    assert (batch.state, batch.excused) == (BatchState.ACTIVE, Counts(succeeded=1, failed=1))
    # A fleet that sleeps has no other way to know.
    assert deployed.do(messages) == [TICK_MESSAGE]


def test_what_is_so_already_is_said(deployed: Deployed) -> None:
    deployed.do(half_done)
    told = [deployed.cli(command, "b1") for command in ("resume", "pause", "pause")]
    assert [(result.exit_code, result.stdout) for result in told] == [(0, "")] * 3
    assert "b1 is not paused" in told[0].stderr
    assert "nothing more of it is started" in told[1].stderr
    assert "b1 is Pausing already" in told[2].stderr


def test_a_batch_is_cancelled_and_says_so_until_it_is_over(deployed: Deployed) -> None:
    deployed.do(half_done)
    assert ran(deployed, "cancel", "b1", "--yes")["state"] == "Cancelling"
    batch = deployed.do(batch_of)
    assert (batch.state, batch.stopped) == (BatchState.CANCELLING, Reason.CANCELLED)
    assert deployed.do(messages) == [TICK_MESSAGE]
    assert ran(deployed, "cancel", "b1") == {"batch": "b1", "state": "Cancelling", "changed": False}
    assert deployed.cli("resume", "b1").exit_code == 1


def test_without_a_terminal_nothing_is_cancelled(deployed: Deployed) -> None:
    deployed.do(half_done)
    result = deployed.cli("cancel", "b1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "b1 is Active: succeeded 1   failed 1   skipped 0   waiting 2" in result.stderr
    assert "add --yes" in result.stderr
    assert deployed.do(batch_of).state is BatchState.ACTIVE


@pytest.mark.parametrize(("answer", "code", "becomes"), [(b"n\n", 1, "Active"), (b"y\n", 0, "Cancelling")])
def test_at_a_terminal_it_asks_and_does_what_is_answered(
    deployed: Deployed, forks: Forks, answer: bytes, code: int, becomes: str
) -> None:
    deployed.do(half_done)
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb", buffering=0) as keyboard, os.fdopen(theirs, "rb", buffering=0) as terminal:
        keyboard.write(answer)
        cancel = forks.popen(
            [sys.executable, "-m", "reelsift.cli", "cancel", "b1"],
            stdin=terminal,
            stdout=subprocess.DEVNULL,
            stderr=terminal,
        )
        assert cancel.wait(PATIENCE_S) == code
        assert b"Cancel b1? [y/N]" in os.read(ours, 10_000)
    assert deployed.do(batch_of).state == becomes


def test_a_batch_that_does_not_exist_is_a_sentence(deployed: Deployed) -> None:
    names = {"pause": "nope", "resume": "", "cancel": "../x", "retry": "ü" * 3000}
    for command, name in names.items():
        result = deployed.cli(command, "--", name)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "there is no batch" in result.stderr
        assert len(result.stderr) < 1000


def write_as_a_worker(deployed: Deployed, batch: Batch) -> None:
    deployed.client("dynamodb").update_item(
        TableName=f"{deployed.name}-batches",
        Key={"batch_id": {"S": batch.batch_id}, "part": {"S": "meta"}},
        UpdateExpression="SET due_at = due_at + :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def test_a_worker_that_looks_at_the_batch_meanwhile_is_no_obstacle(deployed: Deployed) -> None:
    looks = iter([True, True, False])

    def decide(batch: Batch) -> Any:
        if next(looks):
            write_as_a_worker(deployed, batch)
        return pausing(batch)

    deployed.do(half_done)
    deployed.do(lambda deployment: change_batch(deployment, "b1", decide))
    assert deployed.do(batch_of).state is BatchState.PAUSING


def test_a_batch_that_keeps_changing_is_left_as_it_is(deployed: Deployed) -> None:
    tried: list[Batch] = []

    def decide(batch: Batch) -> Any:
        tried.append(batch)
        write_as_a_worker(deployed, batch)
        return pausing(batch)

    deployed.do(half_done)
    with pytest.raises(BatchKeepsChanging, match="b1 was changed by workers each of the 8 times"):
        deployed.do(lambda deployment: change_batch(deployment, "b1", decide))
    assert len(tried) == TRIES
    assert deployed.do(batch_of).state is BatchState.ACTIVE
