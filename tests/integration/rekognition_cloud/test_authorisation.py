"""While authorisation is on, IAM's users and roles may do what policies allow, and the account's root everything."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from integration.rekognition_cloud.account import Aws, unique
from support.world import eventually

_ACCOUNT = "123456789012"


def _statement(action: str | list[str], resource: str | list[str] = "*", **members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **members}


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Somebody:
    """An IAM principal with credentials of its own."""

    def __init__(self, url: str, arn: str, credentials: dict[str, str]) -> None:
        self.arn = arn
        self._url = url
        self._credentials = credentials

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self._url,
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}),
            **self._credentials,
        )


@pytest.fixture
def role(aws: Aws) -> Callable[..., Somebody]:
    """Makes a role with an inline policy of these statements, and a session of it; authorisation is on from then on."""

    def make(*statements: dict[str, Any], **session: Any) -> Somebody:
        arn = aws.role()
        if statements:
            name = arn.rsplit("/", 1)[-1]
            aws.client("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=_document(*statements))
        assumed = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="test", **session)["Credentials"]
        aws.cloud.authorise()
        return Somebody(
            aws.cloud.url,
            arn,
            {
                "aws_access_key_id": assumed["AccessKeyId"],
                "aws_secret_access_key": assumed["SecretAccessKey"],
                "aws_session_token": assumed["SessionToken"],
            },
        )

    return make


def _refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"].get("Message", "")


def _table(aws: Aws) -> str:
    name = unique("table")
    aws.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("p", "open")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": [{"AttributeName": "open", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return f"arn:aws:dynamodb:us-east-1:{_ACCOUNT}:table/{name}"


def test_nothing_is_asked_until_it_is_turned_on_and_the_root_is_never_asked(
    aws: Aws, role: Callable[..., Somebody]
) -> None:
    bucket = aws.bucket()
    nobody = role().client("s3")
    aws.cloud.authorise(on=False)
    nobody.put_object(Bucket=bucket, Key="before", Body=b"")
    aws.cloud.authorise()
    assert _refusal(nobody.put_object, Bucket=bucket, Key="after", Body=b"")[0] == "AccessDenied"
    aws.client("s3").put_object(Bucket=bucket, Key="by root", Body=b"")


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code", "action", "resource"),
    [
        (
            "dynamodb",
            "get_item",
            {"TableName": "t", "Key": {"p": {"S": "x"}}},
            "AccessDeniedException",
            "dynamodb:GetItem",
            f"arn:aws:dynamodb:us-east-1:{_ACCOUNT}:table/t",
        ),
        (
            "sqs",
            "send_message_batch",
            {
                "QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{_ACCOUNT}/q",
                "Entries": [{"Id": "1", "MessageBody": "x"}],
            },
            "AccessDenied",
            "sqs:SendMessage",
            f"arn:aws:sqs:us-east-1:{_ACCOUNT}:q",
        ),
        (
            "sns",
            "publish",
            {"TopicArn": f"arn:aws:sns:us-east-1:{_ACCOUNT}:t", "Message": "x"},
            "AuthorizationError",
            "sns:Publish",
            f"arn:aws:sns:us-east-1:{_ACCOUNT}:t",
        ),
        ("s3", "get_object", {"Bucket": "b", "Key": "a/ö b"}, "AccessDenied", "s3:GetObject", "arn:aws:s3:::b/a/ö b"),
        ("s3", "list_objects_v2", {"Bucket": "b"}, "AccessDenied", "s3:ListBucket", "arn:aws:s3:::b"),
        (
            "rekognition",
            "get_content_moderation",
            {"JobId": "a" * 64},
            "AccessDeniedException",
            "rekognition:GetContentModeration",
            "*",
        ),
        (
            "cloudwatch",
            "put_metric_data",
            {"Namespace": "N", "MetricData": [{"MetricName": "m", "Value": 1}]},
            "AccessDenied",
            "cloudwatch:PutMetricData",
            "*",
        ),
        (
            "service-quotas",
            "get_service_quota",
            {"ServiceCode": "rekognition", "QuotaCode": "L-A6079699"},
            "AccessDeniedException",
            "servicequotas:GetServiceQuota",
            "*",
        ),
        (
            "iam",
            "get_role",
            {"RoleName": "r"},
            "AccessDenied",
            "iam:GetRole",
            f"arn:aws:iam::{_ACCOUNT}:role/r",
        ),
    ],
)
def test_each_service_refuses_in_its_own_way_naming_who_what_and_which(
    aws: Aws,
    role: Callable[..., Somebody],
    service: str,
    operation: str,
    arguments: dict[str, Any],
    code: str,
    action: str,
    resource: str,
) -> None:
    somebody = role()
    refusal, message = _refusal(getattr(somebody.client(service), operation), **arguments)
    assert refusal == code
    for part in ("assumed-role", action, resource, "no identity-based policy allows"):
        assert part in message
    (denied,) = aws.cloud.denied()
    assert (denied["principal"], denied["action"], denied["resource"]) == (somebody.arn, action, resource)


def test_a_refused_head_has_its_status_alone(aws: Aws, role: Callable[..., Somebody]) -> None:
    assert _refusal(role().client("s3").head_object, Bucket=aws.bucket(), Key="k")[0] == "403"


def test_a_policy_allows_the_table_and_a_query_needs_the_index(aws: Aws, role: Callable[..., Somebody]) -> None:
    table, other = _table(aws), _table(aws)
    somebody = role(_statement(["dynamodb:PutItem", "dynamodb:Query"], table))
    dynamodb = somebody.client("dynamodb")
    dynamodb.put_item(TableName=table.rpartition("/")[2], Item={"p": {"S": "x"}})
    query = {
        "TableName": table.rpartition("/")[2],
        "IndexName": "open",
        "KeyConditionExpression": "#open = :open",
        "ExpressionAttributeNames": {"#open": "open"},
        "ExpressionAttributeValues": {":open": {"S": "x"}},
    }
    _, message = _refusal(dynamodb.query, **query)
    assert f"{table}/index/open" in message
    assert _refusal(dynamodb.put_item, TableName=other.rpartition("/")[2], Item={"p": {"S": "x"}})[0]
    assert aws.cloud.used(somebody.arn) == {"dynamodb:PutItem": [table]}


def test_a_transaction_needs_the_action_of_each_item_on_its_table(aws: Aws, role: Callable[..., Somebody]) -> None:
    first, second = _table(aws), _table(aws)
    somebody = role(_statement("dynamodb:PutItem", [first, second]), _statement("dynamodb:UpdateItem", first))
    dynamodb = somebody.client("dynamodb")

    def put(table: str) -> dict[str, Any]:
        return {"Put": {"TableName": table.rpartition("/")[2], "Item": {"p": {"S": unique("p")}}}}

    def update(table: str) -> dict[str, Any]:
        key = {"p": {"S": unique("p")}}
        return {"Update": {"TableName": table.rpartition("/")[2], "Key": key, "UpdateExpression": "REMOVE x"}}

    dynamodb.transact_write_items(TransactItems=[put(first), put(second), update(first)])
    _, message = _refusal(dynamodb.transact_write_items, TransactItems=[put(first), update(second)])
    assert "dynamodb:UpdateItem" in message
    assert second in message
    assert aws.cloud.used(somebody.arn)["dynamodb:PutItem"] == sorted([first, second])


def test_a_batch_needs_its_own_action_on_every_table(aws: Aws, role: Callable[..., Somebody]) -> None:
    first, second = _table(aws), _table(aws)
    dynamodb = role(_statement("dynamodb:BatchWriteItem", first)).client("dynamodb")
    write = [{"PutRequest": {"Item": {"p": {"S": "x"}}}}]
    dynamodb.batch_write_item(RequestItems={first.rpartition("/")[2]: write})
    names = [table.rpartition("/")[2] for table in (first, second)]
    _, message = _refusal(dynamodb.batch_write_item, RequestItems=dict.fromkeys(names, write))
    assert second in message


def test_a_version_of_an_object_is_another_permission_than_the_object(aws: Aws, role: Callable[..., Somebody]) -> None:
    bucket = aws.bucket()
    s3 = aws.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    reader = role(_statement("s3:GetObject", f"arn:aws:s3:::{bucket}/*")).client("s3")
    reader.head_object(Bucket=bucket, Key="k")
    _, message = _refusal(reader.get_object, Bucket=bucket, Key="k", VersionId=version)
    assert "s3:GetObjectVersion" in message


def test_only_who_may_list_the_bucket_learns_that_an_object_is_missing(aws: Aws, role: Callable[..., Somebody]) -> None:
    bucket = aws.bucket()
    objects = _statement("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    assert _refusal(role(objects).client("s3").head_object, Bucket=bucket, Key="k")[0] == "403"
    lister = role(objects, _statement("s3:ListBucket", f"arn:aws:s3:::{bucket}"))
    assert _refusal(lister.client("s3").head_object, Bucket=bucket, Key="k")[0] == "404"


def test_conditions_look_at_the_request(aws: Aws, role: Callable[..., Somebody]) -> None:
    bucket = aws.bucket()
    somebody = role(
        _statement("cloudwatch:PutMetricData", Condition={"StringEquals": {"cloudwatch:namespace": "Mine"}}),
        _statement("s3:ListBucket", f"arn:aws:s3:::{bucket}", Condition={"StringLike": {"s3:prefix": "raw/*"}}),
    )
    data = [{"MetricName": "m", "Value": 1.0}]
    somebody.client("cloudwatch").put_metric_data(Namespace="Mine", MetricData=data)
    assert _refusal(somebody.client("cloudwatch").put_metric_data, Namespace="Yours", MetricData=data)
    somebody.client("s3").list_objects_v2(Bucket=bucket, Prefix="raw/a")
    assert _refusal(somebody.client("s3").list_objects_v2, Bucket=bucket, Prefix="rest/")
    assert _refusal(somebody.client("s3").list_objects_v2, Bucket=bucket)


def test_a_request_that_is_long_enough_to_be_compressed_is_read_too(aws: Aws, role: Callable[..., Somebody]) -> None:
    condition = {"StringEquals": {"cloudwatch:namespace": "Mine"}}
    somebody = role(_statement("cloudwatch:PutMetricData", Condition=condition))
    data = [{"MetricName": f"Long{number}", "Value": number} for number in range(500)]
    before = aws.cloud.requests().get("cloudwatch", {}).get("PutMetricData", 0)
    somebody.client("cloudwatch").put_metric_data(Namespace="Mine", MetricData=data)
    assert _refusal(somebody.client("cloudwatch").put_metric_data, Namespace="Yours", MetricData=data)
    assert aws.cloud.requests()["cloudwatch"]["PutMetricData"] - before == 2
    stored = aws.client("cloudwatch").list_metrics(Namespace="Mine", MetricName="Long499")["Metrics"]
    assert len(stored) == 1


def test_the_bucket_policy_denies_and_allows(aws: Aws, role: Callable[..., Somebody]) -> None:
    bucket, s3 = aws.bucket(), aws.client("s3")
    s3.put_object(Bucket=bucket, Key="open", Body=b"x")
    s3.put_object(Bucket=bucket, Key="shut", Body=b"x")
    objects = f"arn:aws:s3:::{bucket}"
    reader = role(_statement("s3:GetObject", f"{objects}/*"))
    guest = role()
    s3.put_bucket_policy(
        Bucket=bucket,
        Policy=_document(
            _statement("s3:*", [objects, f"{objects}/*"], Effect="Deny", Principal="*")
            | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            _statement("s3:GetObject", f"{objects}/shut", Effect="Deny", Principal={"AWS": reader.arn}),
            _statement("s3:GetObject", f"{objects}/open", Principal={"AWS": guest.arn}),
        ),
    )
    reader.client("s3").get_object(Bucket=bucket, Key="open")
    _, message = _refusal(reader.client("s3").get_object, Bucket=bucket, Key="shut")
    assert "explicit deny in a resource-based policy" in message
    guest.client("s3").get_object(Bucket=bucket, Key="open")
    s3.get_object(Bucket=bucket, Key="shut")


def _key(aws: Aws, *statements: dict[str, Any]) -> str:
    """The ARN of a new key with these statements, beside those by which the account keeps it."""
    administration = _statement(
        ["kms:Describe*", "kms:PutKeyPolicy"], Principal={"AWS": f"arn:aws:iam::{_ACCOUNT}:root"}
    )
    arn: str = aws.client("kms").create_key(Policy=_document(administration, *statements))["KeyMetadata"]["Arn"]
    return arn


def _via(service: str) -> dict[str, Any]:
    return {"Condition": {"StringEquals": {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"}}}


def test_an_object_under_a_key_is_read_and_written_by_those_whom_the_key_lets_use_it(
    aws: Aws, role: Callable[..., Somebody]
) -> None:
    bucket, s3 = aws.bucket(), aws.client("s3")
    everything = _statement(["kms:*", "s3:*"])
    reader, stranger = role(everything), role(everything)
    key = _key(aws, _statement(["kms:Decrypt", "kms:GenerateDataKey*"], Principal={"AWS": reader.arn}) | _via("s3"))
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    reader.client("s3").put_object(Bucket=bucket, Key="a", Body=b"x")
    reader.client("s3").copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"})
    assert reader.client("s3").get_object(Bucket=bucket, Key="b")["Body"].read() == b"x"
    theirs = stranger.client("s3")
    theirs.head_object(Bucket=bucket, Key="a")
    source = {"Bucket": bucket, "Key": "a"}
    elsewhere = aws.bucket()
    for call, arguments in (
        (theirs.get_object, {"Bucket": bucket, "Key": "a"}),
        (theirs.put_object, {"Bucket": bucket, "Key": "c", "Body": b"x"}),
        (theirs.create_multipart_upload, {"Bucket": bucket, "Key": "c"}),
        (theirs.copy_object, {"Bucket": elsewhere, "Key": "c", "CopySource": source}),
    ):
        code, message = _refusal(call, **arguments)
        assert code == "AccessDenied"
        assert key in message
    assert _refusal(theirs.head_object, Bucket=bucket, Key="a", ChecksumMode="ENABLED")[0] == "403"
    theirs.put_object(Bucket=bucket, Key="d", Body=b"x", ServerSideEncryption="AES256")
    theirs.get_object(Bucket=bucket, Key="d")


def test_a_key_that_aws_made_for_its_service_asks_for_nothing(aws: Aws, role: Callable[..., Somebody]) -> None:
    bucket = aws.bucket()
    managed = aws.client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    somebody = role(_statement("s3:*")).client("s3")
    somebody.put_object(Bucket=bucket, Key="a", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=managed)
    somebody.get_object(Bucket=bucket, Key="a")


def test_a_table_has_a_key_and_a_policy_of_its_own(aws: Aws, role: Callable[..., Somebody]) -> None:
    dynamodb = aws.client("dynamodb")
    everything = _statement(["kms:*", "dynamodb:*"])
    reader, stranger, alike = role(everything), role(everything), role(everything)
    key = _key(aws, _statement("kms:Decrypt", Principal={"AWS": [reader.arn, alike.arn]}) | _via("dynamodb"))
    arn = _table(aws)
    name = arn.rpartition("/")[2]
    dynamodb.update_table(TableName=name, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key})
    nobody_else = _statement("dynamodb:*Item", [arn, f"{arn}/index/*"], Effect="Deny", Principal={"AWS": "*"})
    nobody_else |= {"Condition": {"ArnNotEquals": {"aws:PrincipalArn": [reader.arn, stranger.arn]}}}
    dynamodb.put_resource_policy(ResourceArn=arn, Policy=_document(nobody_else))
    row = {"p": {"S": "x"}}

    def refused(somebody: Somebody) -> list[str]:
        client = somebody.client("dynamodb")
        calls: list[tuple[Callable[..., Any], dict[str, Any]]] = [
            (client.get_item, {"TableName": name, "Key": row}),
            (client.put_item, {"TableName": arn, "Item": row}),
            (client.batch_get_item, {"RequestItems": {name: {"Keys": [row]}}}),
            (client.transact_write_items, {"TransactItems": [{"Delete": {"TableName": name, "Key": row}}]}),
        ]
        messages = []
        for call, arguments in calls:
            try:
                call(**arguments)
            except ClientError as error:
                messages.append(error.response["Error"]["Message"])
        return messages

    assert refused(reader) == []
    assert [key in message for message in refused(stranger)] == [True] * 4
    assert ["explicit deny in a resource-based policy" in message for message in refused(alike)] == [True] * 4


def test_a_role_is_assumed_by_those_whom_it_trusts(aws: Aws, role: Callable[..., Somebody]) -> None:
    trusted, stranger = role(_statement("sts:AssumeRole")), role(_statement("sts:AssumeRole"))
    iam, name = aws.client("iam"), unique("role")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": trusted.arn}}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]

    def assumed(somebody: Somebody) -> bool:
        try:
            somebody.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")
        except ClientError as refused:
            return refused.response["Error"]["Code"] != "AccessDenied"
        return True

    assert (assumed(trusted), assumed(stranger)) == (True, False)
    second_factor = trust | {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=_document(second_factor))
    assert not assumed(trusted)


def test_managed_policies_of_a_user_and_its_groups_count(aws: Aws) -> None:
    iam, user, group = aws.client("iam"), unique("user"), unique("group")
    queue = aws.queue()
    iam.create_user(UserName=user)
    iam.create_group(GroupName=group)
    iam.add_user_to_group(UserName=user, GroupName=group)
    for attach, action in (("user", "sqs:SendMessage"), ("group", "sqs:ReceiveMessage")):
        policy = iam.create_policy(
            PolicyName=unique("policy"), PolicyDocument=_document(_statement(action, aws.queue_arn(queue)))
        )["Policy"]["Arn"]
        named = {"UserName": user} if attach == "user" else {"GroupName": group}
        getattr(iam, f"attach_{attach}_policy")(PolicyArn=policy, **named)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    sqs = Somebody(aws.cloud.url, user, credentials).client("sqs")
    aws.cloud.authorise()
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert len(sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]) == 1
    assert "sqs:PurgeQueue" in _refusal(sqs.purge_queue, QueueUrl=queue)[1]


def _start(aws: Aws, somebody: Somebody, channel: dict[str, str], **video: str) -> Any:
    place = {**aws.video()["S3Object"], **video}
    start = somebody.client("rekognition").start_content_moderation
    return lambda: start(Video={"S3Object": place}, NotificationChannel=channel)


def test_a_start_needs_the_role_passed_and_the_video_readable_by_the_caller(
    aws: Aws, role: Callable[..., Somebody]
) -> None:
    channel = aws.channel()
    start = _statement("rekognition:StartContentModeration")
    read = _statement("s3:GetObject", "arn:aws:s3:::bucket-*")
    passed = _statement("iam:PassRole", channel["RoleArn"])
    elsewhere = passed | {"Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    here = passed | {"Condition": {"StringEquals": {"iam:PassedToService": "rekognition.amazonaws.com"}}}

    assert _refusal(_start(aws, role(start, here), channel))[0] == "InvalidS3ObjectException"
    assert "iam:PassRole" in _refusal(_start(aws, role(start, read), channel))[1]
    assert "iam:PassRole" in _refusal(_start(aws, role(start, read, elsewhere), channel))[1]
    allowed = role(start, read, here)
    assert _start(aws, allowed, channel)()["JobId"]
    assert "rekognition:StartContentModeration" in aws.cloud.used(allowed.arn)


def test_a_topic_that_denies_the_role_makes_the_channel_unusable(aws: Aws, role: Callable[..., Somebody]) -> None:
    channel = aws.channel()
    somebody = role(_statement(["rekognition:*", "s3:*", "iam:PassRole"]))
    assert _start(aws, somebody, channel)()["JobId"]
    deny = _statement("sns:Publish", channel["SNSTopicArn"], Effect="Deny", Principal="*") | {
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/another"}}
    }
    aws.client("sns").set_topic_attributes(
        TopicArn=channel["SNSTopicArn"], AttributeName="Policy", AttributeValue=_document(deny)
    )
    assert _refusal(_start(aws, somebody, channel))[0] == "InvalidParameterException"


def _set_policy(aws: Aws, queue: str, *statements: dict[str, Any]) -> None:
    aws.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": _document(*statements)})


def test_a_topic_delivers_where_the_queue_lets_it(aws: Aws) -> None:
    topic, queue = aws.topic(), aws.queue()
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws.queue_arn(queue))
    aws.cloud.authorise()
    aws.client("sns").publish(TopicArn=topic, Message="shut out")
    (denied,) = aws.cloud.denied()
    assert (denied["principal"], denied["resource"]) == ("sns.amazonaws.com", aws.queue_arn(queue))
    let_in = _statement("sqs:SendMessage", aws.queue_arn(queue), Principal={"Service": "sns.amazonaws.com"})
    _set_policy(aws, queue, let_in | {"Condition": {"ArnEquals": {"aws:SourceArn": topic}}})
    aws.client("sns").publish(TopicArn=topic, Message="let in")
    assert [json.loads(message["Body"])["Message"] for message in aws.received(queue)] == ["let in"]


def test_a_bucket_notifies_where_the_queue_lets_it(aws: Aws) -> None:
    bucket, queue = aws.bucket(), aws.queue()
    arn = aws.queue_arn(queue)
    let_in = _statement("sqs:SendMessage", arn, Principal={"Service": "s3.amazonaws.com"})
    aws.cloud.authorise()
    aws.client("s3").put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
    )
    aws.client("s3").put_object(Bucket=bucket, Key="shut out", Body=b"")
    assert {denied["principal"] for denied in aws.cloud.denied()} == {"s3.amazonaws.com"}
    _set_policy(aws, queue, let_in | {"Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}}})
    aws.client("s3").put_object(Bucket=bucket, Key="let-in", Body=b"")
    (message,) = aws.received(queue)
    assert json.loads(message["Body"])["Records"][0]["s3"]["object"]["key"] == "let-in"


def test_a_policy_can_be_bound_to_the_partition_keys_of_a_table(aws: Aws, role: Callable[..., Somebody]) -> None:
    arn = _table(aws)
    name = arn.rsplit("/", 1)[-1]
    mine = {"Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine", "ours"]}}}
    dynamodb = role(_statement("dynamodb:*", [arn, f"{arn}/index/open"], **mine)).client("dynamodb")

    def refused(call: Callable[..., Any], **arguments: Any) -> bool:
        try:
            call(**arguments)
        except ClientError as refusal:
            return refusal.response["Error"]["Code"] == "AccessDeniedException"
        return False

    def key(value: str) -> dict[str, Any]:
        return {"p": {"S": value}}

    def refusals(value: str) -> list[bool]:
        asked = {"TableName": name, "ExpressionAttributeValues": {":v": {"S": value}}}
        put = {"Put": {"TableName": name, "Item": key(value)}}
        return [
            refused(dynamodb.put_item, TableName=name, Item=key(value)),
            refused(dynamodb.get_item, TableName=name, Key=key(value)),
            refused(dynamodb.query, KeyConditionExpression="p = :v", **asked),
            refused(
                dynamodb.query,
                IndexName="open",
                KeyConditionExpression="#o = :v",
                **asked,
                ExpressionAttributeNames={"#o": "open"},
            ),
            refused(dynamodb.batch_get_item, RequestItems={name: {"Keys": [key(one) for one in {"mine", value}]}}),
            refused(dynamodb.batch_write_item, RequestItems={name: [{"PutRequest": {"Item": key(value)}}]}),
            refused(dynamodb.transact_write_items, TransactItems=[put]),
            refused(dynamodb.delete_item, TableName=name, Key=key(value)),
        ]

    assert refusals("mine") == [False] * 8
    assert refusals("theirs") == [True] * 8


def test_a_rule_sends_where_the_queue_lets_it(aws: Aws) -> None:
    events, queue, name = aws.client("events"), aws.queue(), unique("rule")
    arn = aws.queue_arn(queue)
    rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    aws.cloud.authorise()

    def send(detail: str) -> None:
        events.put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": json.dumps({"is": detail})}])

    send("shut out")
    eventually(aws.cloud.denied, "the delivery denied")
    let_in = _statement("sqs:SendMessage", arn, Principal={"Service": "events.amazonaws.com"})
    _set_policy(aws, queue, let_in | {"Condition": {"ArnEquals": {"aws:SourceArn": rule}}})
    send("let in")
    assert [json.loads(message["Body"])["detail"] for message in aws.received(queue)] == [{"is": "let in"}]


def test_what_is_not_evaluated_is_denied_with_that_reason(aws: Aws, role: Callable[..., Somebody]) -> None:
    everything = _statement("*")
    narrowed = role(everything, Policy=_document(_statement("s3:*")))
    assert "a session policy" in _refusal(narrowed.client("s3").list_buckets)[1]
    assert "this operation" in _refusal(role(everything).client("ecs").list_clusters)[1]
    variable = role(_statement("s3:ListAllMyBuckets", "arn:aws:s3:::${aws:username}"))
    assert "policy variable" in _refusal(variable.client("s3").list_buckets)[1]
    bounded = role(everything)
    aws.client("iam").put_role_permissions_boundary(
        RoleName=bounded.arn.rsplit("/", 1)[-1], PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess"
    )
    assert "permissions boundary" in _refusal(bounded.client("s3").list_buckets)[1]


def test_credentials_that_iam_did_not_give_out_are_not_accepted(aws: Aws, role: Callable[..., Somebody]) -> None:
    somebody = role(_statement("*"))
    stale = Somebody(aws.cloud.url, "", {**somebody._credentials, "aws_session_token": "another"})
    assert _refusal(stale.client("dynamodb").list_tables)[0] == "UnrecognizedClientException"
    made_up = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x"}
    assert _refusal(Somebody(aws.cloud.url, "", made_up).client("s3").list_buckets)[0] == "InvalidAccessKeyId"


def test_the_ledger_is_cleared_when_asked_and_the_reset_turns_it_off(aws: Aws, role: Callable[..., Somebody]) -> None:
    nobody = role()
    _refusal(nobody.client("s3").list_buckets)
    assert aws.cloud.denied()
    aws.cloud.clear_authorisation()
    assert aws.cloud.denied() == []
    aws.cloud.reset()
    nobody.client("s3").list_buckets()
    assert aws.cloud.used(nobody.arn) == {}
