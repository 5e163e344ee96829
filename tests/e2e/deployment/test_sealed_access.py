"""With IAM enforced, what is sealed is for workers and specialists, whatever else somebody is allowed."""

import json
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from e2e.deployment.deployed import Deployed
from e2e.deployment.permissions import Somebody, refusal, with_policies, with_role

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.long(900)]

_ID = "5" * 40
_KEY = {"video_id": {"S": _ID}, "part": {"S": "seal"}}
_ALL = ["dynamodb:*", "kms:*", "s3:*", "sts:*"]
_ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": _ALL, "Resource": "*"}]}

_READS = {"gets a row", "reads rows", "lists sealed videos", "gets an object", "lists the bucket"}
_ROWS = {"puts a row"}
_WORK = {
    "updates a row",
    "deletes a row",
    "deletes rows",
    "puts an object",
    "copies into it",
    "deletes an object",
    "lists versions",
}
_NEVER = {"scans the table"}


@pytest.fixture(scope="module")
def everybody(deployed: Deployed) -> Iterator[dict[str, Somebody]]:
    """Who there is: people with each of the policies, a stranger who may do everything, a specialist, and a worker."""
    iam, sts, cloud = deployed.client("iam"), deployed.client("sts"), deployed.cloud
    name = f"stranger-{uuid.uuid4().hex[:8]}"
    anything = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(_ANYTHING))["Policy"]["Arn"]
    with ExitStack() as stack:
        people = {
            who: stack.enter_context(with_policies(cloud, iam, deployed.outputs[f"{who}_policy_arn"]))
            for who in ("operator", "reader", "reviewer", "records")
        }
        people["stranger"] = stack.enter_context(with_policies(cloud, iam, anything))
        roles = {
            "task": deployed.task_definition()["taskRoleArn"],
            "specialist": deployed.outputs["specialist_role_arn"],
        }
        yield people | {who: with_role(cloud, sts, arn) for who, arn in roles.items()}
    iam.delete_policy(PolicyArn=anything)


@pytest.fixture(scope="module")
def sealed(deployed: Deployed) -> Iterator[str]:
    """The bucket, in which something lies, as something stands in the table."""
    bucket = deployed.outputs["sealed_bucket"]
    deployed.client("s3").put_object(Bucket=bucket, Key=f"{_ID}/seal.json", Body=b"{}")
    deployed.client("dynamodb").put_item(TableName=f"{deployed.deployment}-sealed", Item=_KEY)
    deployed.cloud.authorise()
    yield bucket
    deployed.cloud.authorise(on=False)
    objects = deployed.client("s3").list_object_versions(Bucket=bucket)
    for entry in [*objects.get("Versions", []), *objects.get("DeleteMarkers", [])]:
        deployed.client("s3").delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])


def _refused(somebody: Somebody, deployed: Deployed, bucket: str) -> set[str]:
    """What is denied to somebody."""
    dynamodb, s3 = somebody.client("dynamodb"), somebody.client("s3")
    table, here = f"{deployed.deployment}-sealed", {"Bucket": bucket, "Key": f"{_ID}/seal.json"}
    video = deployed.outputs["data_buckets"][0]
    another = {**_KEY, "part": {"S": uuid.uuid4().hex}}
    listed: dict[str, Any] = {
        "TableName": table,
        "IndexName": "listed",
        "KeyConditionExpression": "listed = :shard",
        "ExpressionAttributeValues": {":shard": {"S": "0"}},
    }
    rows: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "video_id = :id",
        "ExpressionAttributeValues": {":id": {"S": _ID}},
    }
    change = {"UpdateExpression": "SET seen = :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    delete = {"DeleteRequest": {"Key": another}}
    codes = {
        "gets a row": refusal(dynamodb.get_item, TableName=table, Key=_KEY),
        "reads rows": refusal(dynamodb.query, **rows),
        "lists sealed videos": refusal(dynamodb.query, **listed),
        "scans the table": refusal(dynamodb.scan, TableName=table),
        "puts a row": refusal(dynamodb.put_item, TableName=table, Item=another),
        "updates a row": refusal(dynamodb.update_item, TableName=table, Key=_KEY, **change),
        "deletes a row": refusal(dynamodb.delete_item, TableName=table, Key=another),
        "deletes rows": refusal(dynamodb.batch_write_item, RequestItems={table: [delete]}),
        "gets an object": refusal(s3.get_object, **here),
        "lists the bucket": refusal(s3.list_objects_v2, Bucket=bucket),
        "lists versions": refusal(s3.list_object_versions, Bucket=bucket),
        "puts an object": refusal(s3.put_object, Bucket=bucket, Key=f"{_ID}/new", Body=b"x"),
        "copies into it": refusal(
            s3.copy_object, Bucket=bucket, Key=f"{_ID}/copy", CopySource={"Bucket": video, "Key": "sealed.mp4"}
        ),
        "deletes an object": refusal(s3.delete_object, Bucket=bucket, Key=f"{_ID}/new"),
    }
    assert set(codes.values()) <= {"", "AccessDenied", "AccessDeniedException"}, codes
    return {what for what, code in codes.items() if code}


@pytest.mark.parametrize(
    ("who", "denied"),
    [
        *((who, _READS | _ROWS | _WORK | _NEVER) for who in ("operator", "reader", "reviewer", "records")),
        # Without it nobody could look after the bucket: Terraform, too, asks S3 whether it is there.
        ("stranger", (_READS | _ROWS | _WORK | _NEVER) - {"lists the bucket"}),
        ("specialist", _WORK | _NEVER),
        ("task", _NEVER | {"lists sealed videos"}),
    ],
)
def test_who_gets_at_what_is_sealed(
    everybody: dict[str, Somebody], sealed: str, deployed: Deployed, who: str, denied: set[str]
) -> None:
    video = deployed.outputs["data_buckets"][0]
    deployed.client("s3").put_object(Bucket=video, Key="sealed.mp4", Body=b"x")
    assert _refused(everybody[who], deployed, sealed) == denied


def test_not_even_the_key_of_what_is_sealed_is_of_use_to_others(
    everybody: dict[str, Somebody], sealed: str, deployed: Deployed
) -> None:
    """Were the policies of bucket and table taken away, nobody could read the objects by it."""
    s3 = deployed.client("s3")
    policy = s3.get_bucket_policy(Bucket=sealed)["Policy"]
    s3.delete_bucket_policy(Bucket=sealed)
    try:
        stranger = everybody["stranger"].client("s3")
        assert refusal(stranger.get_object, Bucket=sealed, Key=f"{_ID}/seal.json") == "AccessDenied"
        assert refusal(stranger.put_object, Bucket=sealed, Key=f"{_ID}/new", Body=b"x") == "AccessDenied"
        assert refusal(everybody["specialist"].client("s3").get_object, Bucket=sealed, Key=f"{_ID}/seal.json") == ""
    finally:
        s3.put_bucket_policy(Bucket=sealed, Policy=policy)


def test_specialists_are_those_who_were_named(everybody: dict[str, Somebody], sealed: str, deployed: Deployed) -> None:
    arn, iam = deployed.outputs["specialist_role_arn"], deployed.client("iam")
    assume = {"RoleArn": arn, "RoleSessionName": "anna"}
    for who in ("stranger", "operator", "reviewer", "task"):
        assert refusal(everybody[who].client("sts").assume_role, **assume) == "AccessDenied", who
    user = f"{deployed.deployment}-anna"
    key = iam.create_access_key(UserName=user)["AccessKey"]
    environment = everybody["stranger"].environment | {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    anna = Somebody(f"arn:aws:iam::123456789012:user/{user}", environment)
    assert refusal(anna.client("sts").assume_role, **assume) == ""
    assert refusal(anna.client("s3").get_object, Bucket=sealed, Key=f"{_ID}/seal.json") == "AccessDenied"
    iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])


def test_evidence_goes_where_specialists_were_told_to_bring_it(
    everybody: dict[str, Somebody], sealed: str, deployed: Deployed
) -> None:
    s3 = everybody["specialist"].client("s3")
    assert sealed
    assert refusal(s3.put_object, Bucket=f"{deployed.deployment}-evidence", Key="a", Body=b"x") == ""
    assert refusal(s3.put_object, Bucket=deployed.outputs["work_bucket"], Key="a", Body=b"x") == "AccessDenied"
    deployed.client("s3").delete_object(Bucket=f"{deployed.deployment}-evidence", Key="a")
