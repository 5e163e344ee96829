"""Events go from PutEvents by rules to queues, archives and web addresses, as EventBridge brings them."""

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from integration.rekognition_cloud.account import Aws, unique
from integration.rekognition_cloud.polling import until
from support.webhook import Answer, Webhook

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


class Bus:
    """A bus with one rule, which takes all events of the source `source`."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.client = aws.client("events")
        self.name = unique("bus")
        self.arn = str(self.client.create_event_bus(Name=self.name)["EventBusArn"])
        pattern = json.dumps({"source": ["source"]})
        self.rule = str(self.client.put_rule(Name="all", EventBusName=self.name, EventPattern=pattern)["RuleArn"])

    def target(self, arn: str, **more: Any) -> None:
        self.client.put_targets(Rule="all", EventBusName=self.name, Targets=[{"Id": "t", "Arn": arn, **more}])

    def put(self, *details: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        entries = [
            {
                "EventBusName": self.name,
                "Source": "source",
                "DetailType": "Type",
                "Detail": json.dumps(detail),
                "Time": datetime(2026, 11, 30, 1, 2, 3, tzinfo=UTC),
                "Resources": ["arn:aws:s3:::bucket/key"],
                **more,
            }
            for detail in details
        ]
        answer = self.client.put_events(Entries=entries)
        assert answer["FailedEntryCount"] == sum("ErrorCode" in entry for entry in answer["Entries"])
        found: list[dict[str, Any]] = answer["Entries"]
        return found

    def destination(self, url: str, *, rate: int | None = None, **parameters: Any) -> str:
        """An API destination with an API key, or by `parameters`."""
        name = unique("destination")
        given = parameters or {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "secret"}}
        kind = "BASIC" if "BasicAuthParameters" in given else "API_KEY"
        connection = self.client.create_connection(Name=name, AuthorizationType=kind, AuthParameters=given)
        made = self.client.create_api_destination(
            Name=name,
            ConnectionArn=connection["ConnectionArn"],
            InvocationEndpoint=url,
            HttpMethod="POST",
            **({"InvocationRateLimitPerSecond": rate} if rate else {}),
        )
        return str(made["ApiDestinationArn"])

    def webhook(self, hook: Webhook, *, retries: int = 185, dead: str | None = None, **parameters: Any) -> str:
        arn = self.destination(f"{hook.url}/events", **parameters)
        role = self.aws.role(trust=_TRUST)
        policy = {"RetryPolicy": {"MaximumRetryAttempts": retries, "MaximumEventAgeInSeconds": 3600}}
        self.target(arn, RoleArn=role, **policy, **({"DeadLetterConfig": {"Arn": dead}} if dead else {}))
        return arn


@pytest.fixture
def bus(aws: Aws) -> Bus:
    aws.cloud.knobs(event_retry_seconds=0.02)
    return Bus(aws)


def test_a_queue_gets_the_event_as_its_consumers_read_it(aws: Aws, bus: Bus) -> None:
    queue = aws.queue()
    bus.target(aws.queue_arn(queue))
    (entry,) = bus.put({"is": "é", "deep": {"list": [1]}})
    (message,) = aws.received(queue)
    assert json.loads(message["Body"]) == {
        "version": "0",
        "id": entry["EventId"],
        "detail-type": "Type",
        "source": "source",
        "account": "123456789012",
        "time": "2026-11-30T01:02:03Z",
        "region": "us-east-1",
        "resources": ["arn:aws:s3:::bucket/key"],
        "detail": {"is": "é", "deep": {"list": [1]}},
    }


def test_a_bus_that_does_not_exist_takes_events_and_drops_them(aws: Aws, bus: Bus) -> None:
    queue = aws.queue()
    bus.target(aws.queue_arn(queue))
    (entry,) = bus.put({}, EventBusName="no-such-bus")
    assert entry["EventId"]
    (refused,) = bus.put({}, EventBusName="no-such-bus", DetailType="")
    assert refused["ErrorCode"] == "InvalidArgument"
    assert aws.received(queue, wait=0) == []


def test_a_disabled_rule_sends_nothing(aws: Aws, bus: Bus) -> None:
    queue = aws.queue()
    bus.target(aws.queue_arn(queue))
    bus.client.disable_rule(Name="all", EventBusName=bus.name)
    bus.put({"to": "nobody"})
    bus.client.enable_rule(Name="all", EventBusName=bus.name)
    bus.put({"to": "somebody"})
    assert [json.loads(message["Body"])["detail"]["to"] for message in aws.received(queue)] == ["somebody"]


def test_a_call_takes_ten_entries_and_less_than_256_kb(bus: Bus) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        bus.put(*[{}] * 11)
    others = len("source") + len("Type") + 14 + len("arn:aws:s3:::bucket/key")
    room = 256 * 1024 - 2 * others - len(json.dumps({"x": ""}))
    bus.put({"x": "x" * (room - 3)}, {})
    with pytest.raises(ClientError, match="ValidationException"):
        bus.put({"x": "x" * (room - 2)}, {})


def test_single_entries_are_refused_by_a_fault_and_by_what_they_say(aws: Aws, bus: Bus) -> None:
    queue = aws.queue()
    bus.target(aws.queue_arn(queue))
    rule = aws.cloud.add_fault(
        "refuse_entry", body_contains="second", code="ThrottlingException", message="Rate exceeded", times=1
    )
    answers = bus.put({"is": "first"}, {"is": "second"}, {"is": "third"})
    assert [entry.get("ErrorCode") for entry in answers] == [None, "ThrottlingException", None]
    assert aws.cloud.fault(rule)["hits"] == 1
    assert [entry.get("ErrorCode") for entry in bus.put({"is": "second"})] == [None]
    assert bus.put({}, Detail="[1]")[0]["ErrorCode"] == "MalformedDetail"
    assert bus.put({}, Detail="{")[0]["ErrorCode"] == "MalformedDetail"
    found = sorted(json.loads(message["Body"])["detail"]["is"] for message in aws.received(queue))
    assert found == ["first", "second", "third"]


def test_a_web_address_gets_the_event_with_the_connections_authorisation(bus: Bus) -> None:
    with Webhook() as hook:
        bus.webhook(hook)
        bus.put({"is": "é"})
        until(lambda: hook.received)
        bus.webhook(hook, BasicAuthParameters={"Username": "me", "Password": "it's secret"})
        bus.put({"is": "second"})
        until(lambda: len(hook.received) == 2)
    first, second = hook.received
    assert (first.method, first.path) == ("POST", "/events")
    assert json.loads(first.body)["detail"] == {"is": "é"}
    expected = {
        "X-Key": "secret",
        "User-Agent": "Amazon/EventBridge/ApiDestinations",
        "Content-Type": "application/json; charset=utf-8",
        "Range": "bytes=0-1048575",
    }
    assert expected.items() <= first.headers.items()
    pair = base64.b64encode(b"me:it's secret").decode()
    assert second.headers["Authorization"] == f"Basic {pair}"


@pytest.mark.parametrize("status", [401, 407, 409, 429, 500, 503])
def test_what_may_pass_is_tried_again(bus: Bus, status: int) -> None:
    answers: Iterator[Answer] = itertools.chain([(status, {})] * 2, itertools.repeat((200, {})))
    with Webhook(lambda _: next(answers)) as hook:
        bus.webhook(hook)
        (entry,) = bus.put({})
        until(lambda: len(hook.received) == 3)
    assert {json.loads(received.body)["id"] for received in hook.received} == {entry["EventId"]}


def told(aws: Aws, queue: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The event in a dead-letter queue, and what is said of it."""
    asked: Any = aws.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20, MessageAttributeNames=["All"])
    (message,) = asked["Messages"]
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    return json.loads(message["Body"]), attributes


def test_what_is_never_taken_goes_to_the_dead_letters(aws: Aws, bus: Bus) -> None:
    queue = aws.queue()
    with Webhook(lambda _: (503, {})) as hook:
        arn = bus.webhook(hook, retries=2, dead=aws.queue_arn(queue))
        (entry,) = bus.put({"is": "lost"})
        event, said = told(aws, queue)
    assert (event["id"], event["detail"]) == (entry["EventId"], {"is": "lost"})
    assert len(hook.received) == 3
    assert said.pop("ERROR_MESSAGE").startswith("Unable to invoke ApiDestination endpoint: ")
    assert said == {
        "RULE_ARN": bus.rule,
        "TARGET_ARN": arn,
        "ERROR_CODE": "SDK_CLIENT_ERROR",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": "2",
    }


@pytest.mark.parametrize("answer", [(400, {}), (404, {}), (302, {"Location": "/"}), (503, {"Retry-After": "-1"})])
def test_what_will_never_be_taken_goes_there_at_once(aws: Aws, bus: Bus, answer: tuple[int, dict[str, str]]) -> None:
    queue = aws.queue()
    with Webhook(lambda _: answer) as hook:
        bus.webhook(hook, dead=aws.queue_arn(queue))
        bus.put({})
        _, said = told(aws, queue)
    assert len(hook.received) == 1
    assert said["RETRY_ATTEMPTS"] == "0"
    assert "EXHAUSTED_RETRY_CONDITION" not in said


def test_an_address_outside_this_machine_is_never_called(aws: Aws, bus: Bus) -> None:
    queue = aws.queue()
    arn = bus.destination("https://example.com/hook")
    bus.target(
        arn,
        RoleArn=aws.role(trust=_TRUST),
        RetryPolicy={"MaximumRetryAttempts": 1},
        DeadLetterConfig={"Arn": aws.queue_arn(queue)},
    )
    bus.put({})
    assert "loopback addresses only" in told(aws, queue)[1]["ERROR_MESSAGE"]


@pytest.mark.parametrize("gone", ["queue", "destination"])
def test_a_target_that_is_gone_fails_nobody_and_the_event_is_kept(aws: Aws, bus: Bus, gone: str) -> None:
    dead, target = aws.queue(), aws.queue()
    arn = aws.queue_arn(target) if gone == "queue" else bus.destination("https://127.0.0.1:1/")
    bus.target(arn, RoleArn=aws.role(trust=_TRUST), DeadLetterConfig={"Arn": aws.queue_arn(dead)})
    if gone == "queue":
        aws.client("sqs").delete_queue(QueueUrl=target)
    else:
        bus.client.delete_api_destination(Name=arn.split("/")[1])
    (entry,) = bus.put({})
    assert "EventId" in entry
    assert told(aws, dead)[1]["ERROR_CODE"] == "NO_RESOURCE"


def _let(aws: Aws, queue: str, rule: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": aws.queue_arn(queue),
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})


def test_a_queue_that_does_not_let_the_rule_in_gets_nothing_and_the_dead_letters_say_so(aws: Aws, bus: Bus) -> None:
    dead, queue = aws.queue(), aws.queue()
    bus.target(aws.queue_arn(queue), DeadLetterConfig={"Arn": aws.queue_arn(dead)})
    _let(aws, dead, bus.rule)
    aws.cloud.authorise()
    bus.put({})
    assert told(aws, dead)[1]["ERROR_CODE"] == "NO_PERMISSIONS"
    _let(aws, queue, bus.rule)
    bus.put({"is": "let in"})
    assert [json.loads(message["Body"])["detail"] for message in aws.received(queue)] == [{"is": "let in"}]


def test_a_destination_is_invoked_by_a_role_that_may(aws: Aws, bus: Bus) -> None:
    dead = aws.queue()
    _let(aws, dead, bus.rule)
    with Webhook() as hook:
        arn = bus.webhook(hook, dead=aws.queue_arn(dead))
        (target,) = bus.client.list_targets_by_rule(Rule="all", EventBusName=bus.name)["Targets"]
        aws.cloud.authorise()
        bus.put({})
        assert told(aws, dead)[1]["ERROR_CODE"] == "NO_PERMISSIONS"
        allowed = {"Effect": "Allow", "Action": "events:InvokeApiDestination", "Resource": arn}
        aws.client("iam").put_role_policy(
            RoleName=target["RoleArn"].rsplit("/", 1)[-1],
            PolicyName="invoke",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        )
        bus.put({"is": "allowed"})
        until(lambda: hook.received)
    assert [json.loads(received.body)["detail"] for received in hook.received] == [{"is": "allowed"}]


def test_an_archive_keeps_what_its_bus_got_and_replays_a_time_of_it_to_the_rules_that_are_named(
    aws: Aws, bus: Bus
) -> None:
    bus.put({"is": "before"})
    archive = unique("archive")
    made = bus.client.create_archive(ArchiveName=archive, EventSourceArn=bus.arn, RetentionDays=30)
    bus.put({"is": "kept"})
    bus.put({"is": "of another day"}, Time=datetime(2026, 12, 1, tzinfo=UTC))
    queue, other = aws.queue(), aws.queue()
    bus.target(aws.queue_arn(queue))
    bus.client.put_rule(Name="other", EventBusName=bus.name, EventPattern=json.dumps({"source": ["source"]}))
    bus.client.put_targets(Rule="other", EventBusName=bus.name, Targets=[{"Id": "other", "Arn": aws.queue_arn(other)}])
    replay = unique("replay")
    bus.client.start_replay(
        ReplayName=replay,
        EventSourceArn=made["ArchiveArn"],
        EventStartTime=datetime(2026, 11, 30, tzinfo=UTC),
        EventEndTime=datetime(2026, 12, 1, tzinfo=UTC),
        Destination={"Arn": bus.arn, "FilterArns": [bus.rule]},
    )
    (message,) = aws.received(queue)
    event = json.loads(message["Body"])
    assert (event["detail"], event["replay-name"]) == ({"is": "kept"}, replay)
    assert aws.received(other, wait=0) == []


def test_a_connection_keeps_its_secret_and_a_destination_needs_a_role(bus: Bus) -> None:
    arn = bus.destination("https://127.0.0.1:1/")
    (connection,) = bus.client.list_connections()["Connections"][-1:]
    told = bus.client.describe_connection(Name=connection["Name"])["AuthParameters"]
    assert told == {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key"}}
    with pytest.raises(ClientError, match="RoleArn is required"):
        bus.target(arn)


def test_two_buses_do_not_hear_each_other(aws: Aws, bus: Bus) -> None:
    other = Bus(aws)
    queues = [aws.queue(), aws.queue()]
    for one, queue in zip((bus, other), queues, strict=True):
        one.target(aws.queue_arn(queue))
    bus.put({"to": "the first"})
    assert len(aws.received(queues[0])) == 1
    assert aws.received(queues[1], wait=0) == []


def test_events_are_put_where_a_policy_allows_it(aws: Aws, bus: Bus, permitted: Callable[..., Any]) -> None:
    other = Bus(aws)
    client = permitted("events:PutEvents", bus.arn)
    entry = {"Source": "source", "DetailType": "t", "Detail": "{}"}
    assert client.put_events(Entries=[{**entry, "EventBusName": bus.name}])["FailedEntryCount"] == 0
    with pytest.raises(ClientError, match="AccessDenied"):
        client.put_events(Entries=[{**entry, "EventBusName": bus.name}, {**entry, "EventBusName": other.name}])


@pytest.fixture
def permitted(aws: Aws) -> Callable[..., Any]:
    """A client of EventBridge of a role that may do one thing to one resource; authorisation is on from then on."""

    def make(action: str, resource: str) -> Any:
        role = aws.role()
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
        aws.client("iam").put_role_policy(
            RoleName=role.rsplit("/", 1)[-1], PolicyName="p", PolicyDocument=json.dumps(document)
        )
        assumed = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        aws.cloud.authorise()
        made: Any = boto3.client
        return made(
            "events",
            endpoint_url=aws.cloud.url,
            region_name="us-east-1",
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
        )

    return make
