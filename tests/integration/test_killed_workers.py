"""SIGKILL at each step of the flow: another worker finishes, billed once, one outcome, no slot lost."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from support.world import ALERTING, World, eventually

pytestmark = pytest.mark.process

PAGES = [ALERTING | {"NextToken": "more"}, ALERTING | {"ModerationLabels": []}]


@dataclass(frozen=True)
class Step:
    """A request of the worker that the cloud holds, so that SIGKILL strikes exactly there."""

    name: str
    rule: dict[str, Any]
    notifications_lost: float = 0
    """1 where a completion would tell the JobId, and spare the replay of the Start that is to be tested."""


STEPS = [
    Step("slot reserved", {"service": "sqs", "operation": "ReceiveMessage", "body_contains": "reelsift-intake"}),
    Step("STARTING written", {"service": "rekognition", "operation": "StartContentModeration", "when": "before"}),
    Step(
        "Start sent, not recorded",
        {"service": "rekognition", "operation": "StartContentModeration", "when": "after"},
        notifications_lost=1,
    ),
    Step("RUNNING, not yet acknowledged", {"service": "sqs", "operation": "DeleteMessageBatch", "when": "before"}),
    Step(
        "COLLECTING",
        {"service": "dynamodb", "operation": "TransactWriteItems", "body_contains": "COLLECTING", "when": "after"},
    ),
    Step("before the raw answer", {"service": "s3", "operation": "PutObject", "path": "/raw/", "when": "before"}),
    Step("raw answer stored", {"service": "s3", "operation": "PutObject", "path": "/raw/", "when": "after"}),
    Step(
        "before SETTLED",
        {"service": "dynamodb", "operation": "UpdateItem", "body_contains": "SETTLED", "when": "before"},
    ),
    Step("SETTLED", {"service": "dynamodb", "operation": "UpdateItem", "body_contains": "SETTLED", "when": "after"}),
    Step("dataset stored", {"service": "s3", "operation": "PutObject", "path": "/videos/", "when": "after"}),
    Step(
        "before the verdict",
        {"service": "dynamodb", "operation": "UpdateItem", "body_contains": "rests_on", "when": "before"},
    ),
    Step(
        "verdict written",
        {"service": "dynamodb", "operation": "UpdateItem", "body_contains": "rests_on", "when": "after"},
    ),
    Step(
        "outcome written",
        {"service": "dynamodb", "operation": "TransactWriteItems", "body_contains": "SUCCEEDED", "when": "after"},
    ),
    Step("before the alert", {"service": "sns", "operation": "Publish", "when": "before"}),
    Step("after the alert", {"service": "sns", "operation": "Publish", "when": "after"}),
    Step(
        "alert noted as sent",
        {"service": "dynamodb", "operation": "UpdateItem", "body_contains": "REMOVE #unsent", "when": "after"},
    ),
    Step(
        "before CLOSED", {"service": "dynamodb", "operation": "UpdateItem", "body_contains": "CLOSED", "when": "before"}
    ),
]


WITH_MESSAGE = STEPS[:4]
"""The line is still a message, which another worker receives. After them it waits for its job, and that knows with what
it was started: whoever ends it under other settings would do so under the same.
"""


@pytest.mark.parametrize(
    ("step", "settings"),
    [*((step, "same") for step in WITH_MESSAGE), *((step, "changed") for step in STEPS)],
    ids=lambda value: value.name if isinstance(value, Step) else value,
)
def test_another_worker_finishes_what_a_killed_one_began(
    step: Step, settings: str, worlds: Callable[..., World]
) -> None:
    world = worlds(quota=2, notifications_lost=step.notifications_lost)
    world.put_video("a b+ü.mp4", answer=ALERTING)
    hold = world.cloud.add_fault("hold", times=1, **step.rule)
    world.send_video("a b+ü.mp4")
    first = world.worker(daily_budget="1000")
    eventually(lambda: world.cloud.held(hold), f"a request held at: {step.name}")
    first.kill()
    world.cloud.release(hold)

    overrides = {"daily_budget": "1000"}
    if settings == "changed":
        topic = world.client("sns").create_topic(Name="reelsift-completions-2")["TopicArn"]
        overrides |= {"completions_topic_arn": topic, "min_confidence": "70"}
        publish = {
            "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}],
            "Version": "2012-10-17",
        }
        world.client("iam").put_role_policy(
            RoleName="reelsift-rekognition", PolicyName="publish-completions", PolicyDocument=json.dumps(publish)
        )
    world.worker(**overrides)
    world.settle(lines=1)

    world.check_promises(lines=1, billed=1, peak=2)
    assert world.outcomes()[0]["status"] == "SUCCEEDED"
    assert int(world.outcomes()[0]["billed_ms"]) > 0
    money = [row for row in world.rows("batches") if "committed" in row]
    assert sum(int(row["spent"]) for row in money) == int(world.outcomes()[0]["cost_micros"])
    assert sum(int(row["reserved"]) for row in money) == 0
    alert_ids = [alert["MessageAttributes"]["alert_id"]["Value"] for alert in world.alerts()]
    assert len(set(alert_ids)) == 1
    assert world.dead_letters() == []
