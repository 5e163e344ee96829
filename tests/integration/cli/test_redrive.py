import json
from typing import Any

import pytest

from integration.cli.conftest import Deployed
from integration.cli.rows import NOW_MS, make_batch, outcome
from reelsift.aws.deployment import Deployment
from reelsift.aws.queue import dead_letter_attributes
from reelsift.batches.retry.reopening import Reopening
from reelsift.domain.analysis import Analysis
from reelsift.domain.line import Line, LineId, OutcomeStatus
from reelsift.domain.video import ObjectRef
from reelsift.manifests.messages import AttemptMessage, Lines, encode_attempt, encode_line, parse_message

REF = ObjectRef("videos", "1.mp4")
LINE = Line(LineId("b1", "list.csv:1", 0), REF, NOW_MS)


@pytest.fixture(autouse=True)
def _the_embedded_queue_has_one_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelsift.messages.redrive.POLL_S", 0)


async def bury(deployment: Deployment, status: OutcomeStatus | None = OutcomeStatus.FAILED) -> None:
    """A line that workers gave up, as they leave it."""
    await make_batch(deployment, "b1", ["1.mp4"])
    if status is not None:
        await deployment.outcomes.record([outcome("b1", 1, status)])
    attributes = dead_letter_attributes("gave_up: received 5 times", LINE.id)
    await deployment.dead["intake"].send(['{"bucket": "videos", "key": "1.mp4"}'], attributes=attributes)


async def messages(deployment: Deployment, *, dead: bool = False) -> list[str]:
    queue = (deployment.dead if dead else deployment.queues)["intake"]
    return [message.body for message in await queue.receive(10, wait_s=0, visibility_s=1)]


def sent(deployed: Deployed) -> list[Line]:
    """The lines on the intake queue."""
    lines: list[Any] = []
    for body in deployed.do(messages):
        parsed = parse_message(body, message_id="m", sent_ms=2 * NOW_MS)
        assert isinstance(parsed, Lines)
        lines += parsed.lines
    return lines


def depth(deployed: Deployed) -> int:
    return deployed.do(lambda deployment: deployment.dead["intake"].depth())


def test_a_failed_line_goes_back_to_work_in_a_new_round(deployed: Deployed) -> None:
    deployed.do(bury)
    result = deployed.cli("redrive", "--yes")
    assert result.exit_code == 0
    assert "gave_up: received 5 times" in result.stdout
    assert "1 dead letter sent back to work" in result.stderr
    (line,) = sent(deployed)
    assert (line.id, line.ref) == (LineId("b1", "list.csv:1", 0, round=2), REF)
    assert line.submitted_ms > NOW_MS
    assert depth(deployed) == 0
    status = json.loads(deployed.cli("status", "b1", "--json").stdout)
    assert (status["state"], status["failed"], status["waiting"]) == ("Active", 0, 1)


def test_a_redrive_that_died_before_it_sent_is_taken_up_by_the_next(deployed: Deployed) -> None:
    async def reopened(deployment: Deployment) -> None:
        await bury(deployment)
        batch = await deployment.batches.get("b1")
        gone = await deployment.outcomes.get(LINE.id)
        assert batch is not None
        assert gone is not None
        await Reopening(deployment, batch).lines([gone], resend=False)

    deployed.do(reopened)
    assert deployed.cli("redrive", "--yes").exit_code == 0
    assert [line.id.round for line in sent(deployed)] == [2]


def test_a_line_that_has_ended_well_is_not_done_again(deployed: Deployed) -> None:
    deployed.do(lambda deployment: bury(deployment, OutcomeStatus.SUCCEEDED))
    assert deployed.cli("redrive", "--yes").exit_code == 0
    assert sent(deployed) == []
    assert depth(deployed) == 0


def test_what_nobody_has_judged_keeps_its_name(deployed: Deployed) -> None:
    async def given_up(deployment: Deployment) -> None:
        await make_batch(deployment, "b1", ["1.mp4"])
        await deployment.dead["intake"].send([encode_line(LINE)])

    deployed.do(given_up)
    assert "given up by the queue itself" in deployed.cli("redrive", "--yes").stdout
    (line,) = sent(deployed)
    assert line.id == LINE.id


def test_a_due_attempt_is_sent_as_it_is(deployed: Deployed) -> None:
    body = encode_attempt(AttemptMessage("0" * 40, Analysis.LABELS, 2))
    deployed.do(lambda deployment: deployment.dead["intake"].send([body]))
    assert deployed.cli("redrive", "--yes").exit_code == 0
    assert deployed.do(messages) == [body]


def test_what_nobody_can_read_is_shown_and_stays(deployed: Deployed) -> None:
    async def garbage(deployment: Deployment) -> None:
        await deployment.dead["intake"].send(["{oops"], attributes=dead_letter_attributes("bad_message: why", None))
        await deployment.dead["completion"].send(["{}"])

    deployed.do(garbage)
    result = deployed.cli("redrive", "--yes", "--json")
    letters = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(letter["queue"], letter["reason"], letter["then"]) for letter in letters] == [
        ("intake", "bad_message: why", "stay"),
        ("completion", letters[1]["reason"], "show"),
    ]
    assert "nothing to send back" in result.stderr
    # Visible at once: whoever looks next must not think they are gone.
    assert deployed.do(lambda deployment: messages(deployment, dead=True)) == ["{oops"]


def test_without_a_terminal_it_only_shows(deployed: Deployed) -> None:
    deployed.do(bury)
    result = deployed.cli("redrive")
    assert result.exit_code == 2
    assert "s3://videos/1.mp4" in result.stdout
    assert "add --yes" in result.stderr
    assert len(deployed.do(lambda deployment: messages(deployment, dead=True))) == 1
    assert sent(deployed) == []


@pytest.mark.parametrize(("queue", "letters"), [("intake", 1), ("priority", 0)])
def test_one_queue_can_be_chosen(deployed: Deployed, queue: str, letters: int) -> None:
    deployed.do(bury)
    assert len(deployed.cli("redrive", "--queue", queue, "--yes", "--json").stdout.splitlines()) == letters


def test_no_dead_letters_are_good_news(deployed: Deployed) -> None:
    result = deployed.cli("redrive")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "there are no dead letters" in result.stderr


async def bury_rubbish(deployment: Deployment) -> None:
    attributes = dead_letter_attributes("bad_message: no line", None)
    await deployment.dead["intake"].send(["{rubbish"], attributes=attributes)
    await deployment.dead["completion"].send(["a completion"])


async def kept(deployment: Deployment) -> list[tuple[str, Any]]:
    answer = await deployment.work.client.list_objects_v2(Bucket=deployment.work.bucket, Prefix="dead-letters/")
    keys = [entry["Key"] for entry in answer.get("Contents", [])]
    return [(key, json.loads(await deployment.work.get(key))) for key in keys]


def test_what_nobody_can_do_is_kept_elsewhere_and_leaves_its_queue_while_the_rest_stays(deployed: Deployed) -> None:
    deployed.do(bury)
    deployed.do(bury_rubbish)
    assert deployed.cli("redrive", "--drop").exit_code == 2, "there is nobody to ask"
    assert deployed.do(kept) == []
    result = deployed.cli("redrive", "--drop", "--yes")
    assert (result.exit_code, depth(deployed)) == (0, 1)
    assert "2 dead letters taken from the queues; kept below s3://" in result.stderr
    (_, completion), (key, rubbish) = deployed.do(kept)
    assert (rubbish["body"], rubbish["reason"], rubbish["queue"]) == ("{rubbish", "bad_message: no line", "intake")
    assert key.startswith("dead-letters/intake/20")
    assert key.endswith(f"/{rubbish['message_id']}.json")
    assert completion["body"] == "a completion"
    assert sent(deployed) == []
    again = deployed.cli("redrive", "--drop", "--yes")
    assert (again.exit_code, "nothing to drop" in again.stderr) == (4, True)


def test_a_drop_that_dies_in_between_has_kept_the_letter_and_left_it_in_its_queue(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.do(bury_rubbish)

    async def dies(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("reelsift.aws.queue.Queue.delete", dies)
        assert deployed.cli("redrive", "--drop", "--yes", "--queue", "intake").exit_code != 0
    assert [rubbish["body"] for _, rubbish in deployed.do(kept)] == ["{rubbish"]
    assert deployed.cli("redrive", "--drop", "--yes", "--queue", "intake").exit_code == 0
    assert (depth(deployed), [rubbish["body"] for _, rubbish in deployed.do(kept)]) == (0, ["{rubbish"])
