import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.rekognition_cloud.account import SERVICE_ROLE_POLICY, Aws, client_at


def error_of(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


@pytest.fixture
def unchecked(aws: Aws) -> Any:
    """A client that sends whatever it is given: botocore's own checks are off."""
    return client_at(aws.cloud.url, "rekognition", parameter_validation=False)


@pytest.mark.parametrize(
    ("member", "value", "place", "constraint"),
    [
        ("ClientRequestToken", "a b", "clientRequestToken", "satisfy regular expression pattern: ^[a-zA-Z0-9-_]+$"),
        ("ClientRequestToken", "x" * 65, "clientRequestToken", "have length less than or equal to 64"),
        ("JobTag", "a key with spaces", "jobTag", "satisfy regular expression pattern: [a-zA-Z0-9_.\\-:+=\\/]+"),
        ("MinConfidence", 101.0, "minConfidence", "have value less than or equal to 100"),
    ],
)
def test_a_value_outside_its_constraint_is_named(
    aws: Aws, member: str, value: Any, place: str, constraint: str
) -> None:
    code, message = error_of(aws.client("rekognition").start_content_moderation, Video=aws.video(), **{member: value})
    assert code == "ValidationException"
    assert message == (
        f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: "
        f"Member must {constraint}"
    )


def test_a_missing_member_and_an_unknown_value_are_named(unchecked: Any) -> None:
    code, message = error_of(unchecked.start_content_moderation)
    assert code == "ValidationException"
    assert "Value null at 'video' failed to satisfy constraint: Member must not be null" in message
    code, message = error_of(unchecked.get_content_moderation, JobId="x", SortBy="COLOUR")
    assert code == "ValidationException"
    assert "Member must satisfy enum value set: [NAME, TIMESTAMP]" in message


def test_a_wrong_type_is_a_serialization_error(unchecked: Any) -> None:
    code, _ = error_of(unchecked.get_content_moderation, JobId="x", MaxResults="ten")
    assert code == "SerializationException"


def test_a_video_without_a_place_is_an_invalid_parameter(aws: Aws) -> None:
    assert error_of(aws.client("rekognition").start_content_moderation, Video={}) == (
        "InvalidParameterException",
        "Request has invalid parameters",
    )


def policy(effect: str, action: str, resource: str, **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def allow_inline(aws: Aws, role: str, document: str) -> None:
    name = role.rpartition("/")[2]
    aws.client("iam").put_role_policy(RoleName=name, PolicyName="publish", PolicyDocument=document)


def started(aws: Aws, topic: str, role: str) -> bool:
    start = aws.client("rekognition").start_content_moderation
    try:
        start(Video=aws.video(), NotificationChannel={"SNSTopicArn": topic, "RoleArn": role})
    except start.__self__.exceptions.InvalidParameterException:
        return False
    return True


def test_the_managed_policy_publishes_only_to_topics_of_rekognitions_name(aws: Aws) -> None:
    role = aws.role(SERVICE_ROLE_POLICY)
    assert started(aws, aws.topic("AmazonRekognition"), role)
    assert not started(aws, aws.topic("completions"), role)


def test_an_inline_policy_opens_a_topic_of_any_name(aws: Aws) -> None:
    topic, role = aws.topic("completions"), aws.role()
    assert not started(aws, topic, role)
    allow_inline(aws, role, policy("Allow", "sns:Publish", topic))
    assert started(aws, topic, role)


def test_a_customer_managed_policy_counts_in_its_default_version(aws: Aws) -> None:
    iam, topic = aws.client("iam"), aws.topic("completions")
    name = topic.rpartition(":")[2]
    arn = iam.create_policy(PolicyName=name, PolicyDocument=policy("Allow", "SNS:Pub*", topic))["Policy"]["Arn"]
    role = aws.role(arn)
    assert started(aws, topic, role)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy("Allow", "sns:Subscribe", topic), SetAsDefault=True)
    assert not started(aws, topic, role)


def test_a_denial_outweighs_an_allowance(aws: Aws) -> None:
    topic = aws.topic()
    role = aws.role(SERVICE_ROLE_POLICY)
    allow_inline(aws, role, policy("Deny", "sns:*", "*"))
    assert not started(aws, topic, role)


def test_a_role_must_exist_and_trust_rekognition(aws: Aws) -> None:
    topic = aws.topic()
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    assert not started(aws, topic, "arn:aws:iam::123456789012:role/nobody")
    assert not started(aws, topic, aws.role(SERVICE_ROLE_POLICY, trust=trust))


@pytest.mark.parametrize(("account", "trusted"), [("123456789012", True), ("210987654321", False)])
def test_the_trust_can_be_narrowed_to_an_account(aws: Aws, account: str, *, trusted: bool) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["rekognition.amazonaws.com"]},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {"aws:SourceArn": f"arn:aws:rekognition:us-east-1:{account}:*"},
                },
            }
        ],
    }
    assert started(aws, aws.topic(), aws.role(SERVICE_ROLE_POLICY, trust=trust)) is trusted


def test_the_topic_must_exist(aws: Aws) -> None:
    assert not started(aws, "arn:aws:sns:us-east-1:123456789012:AmazonRekognition-none", aws.role(SERVICE_ROLE_POLICY))
