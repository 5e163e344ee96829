"""What the cloud says a request would be billed as, against sums worked out by hand."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.rekognition_cloud.account import Aws, unique

INDEXES = [
    {
        "IndexName": "open",
        "KeySchema": [{"AttributeName": "open", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
]


@pytest.fixture
def metered(aws: Aws) -> Iterator[Aws]:
    """The meter is on, and may have counted what made the test's resources."""
    aws.cloud.turn_meter()
    yield aws
    aws.cloud.turn_meter(on=False)


@pytest.fixture
def table(metered: Aws) -> str:
    name = unique("table")
    metered.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("id", "open")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=INDEXES,
    )
    return name


def item(name: str, size: int = 0, **attributes: str) -> dict[str, Any]:
    """An item of `size` bytes of body, and less than 50 besides."""
    given = {"id": name, **({"body": "x" * size} if size else {}), **attributes}
    return {key: {"S": value} for key, value in given.items()}


def counted(aws: Aws, service: str = "dynamodb") -> dict[tuple[str, str, str], float]:
    """Amounts by resource (without the table's own name), operation and unit; then the meter is cleared."""
    entries = {
        (f"/{entry['resource'].partition('/')[2]}".rstrip("/"), entry["operation"], entry["unit"]): entry["amount"]
        for entry in aws.cloud.meter()
        if entry["service"] == service
    }
    aws.cloud.clear_meter()
    return entries


def test_a_write_is_a_unit_for_each_begun_kilobyte_of_the_larger_item(aws: Aws, table: str) -> None:
    dynamodb = aws.client("dynamodb")
    dynamodb.put_item(TableName=table, Item=item("a", 2500, open="job"))
    assert counted(aws) == {("", "PutItem", "write unit"): 3, ("/open", "PutItem", "write unit"): 1}
    dynamodb.update_item(TableName=table, Key=item("a"), UpdateExpression="REMOVE body")
    assert counted(aws) == {("", "UpdateItem", "write unit"): 3}
    dynamodb.delete_item(TableName=table, Key=item("a"))
    assert counted(aws) == {("", "DeleteItem", "write unit"): 1, ("/open", "DeleteItem", "write unit"): 1}


def test_a_transaction_writes_twice_and_its_index_once(aws: Aws, table: str) -> None:
    puts: list[Any] = [{"Put": {"TableName": table, "Item": item(name, 1500, open="job")}} for name in "ab"]
    aws.client("dynamodb").transact_write_items(TransactItems=puts)
    assert counted(aws) == {
        ("", "TransactWriteItems", "write unit"): 2 * 2 * 2,
        ("/open", "TransactWriteItems", "write unit"): 2,
    }


def test_a_condition_that_fails_is_paid_for(aws: Aws, table: str) -> None:
    dynamodb = aws.client("dynamodb")
    dynamodb.put_item(TableName=table, Item=item("a", 1500))
    counted(aws)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.put_item(TableName=table, Item=item("a"), ConditionExpression="attribute_not_exists(id)")
    assert counted(aws) == {("", "PutItem", "write unit"): 2}


def test_a_batch_is_the_sum_of_its_writes(aws: Aws, table: str) -> None:
    puts: list[Any] = [{"PutRequest": {"Item": item(name, size)}} for name, size in (("a", 100), ("b", 1500))]
    aws.client("dynamodb").batch_write_item(RequestItems={table: puts})
    assert counted(aws) == {("", "BatchWriteItem", "write unit"): 3}


def test_reads_are_units_of_four_kilobytes(aws: Aws, table: str) -> None:
    dynamodb = aws.client("dynamodb")
    for name, size in (("a", 100), ("b", 5000)):
        dynamodb.put_item(TableName=table, Item=item(name, size, open="job"))
    counted(aws)
    dynamodb.get_item(TableName=table, Key=item("b"))
    assert counted(aws) == {("", "GetItem", "read unit"): 1}
    dynamodb.get_item(TableName=table, Key=item("missing"), ConsistentRead=True)
    assert counted(aws) == {("", "GetItem", "read unit"): 1}
    keys = [item(name) for name in "ab"]
    dynamodb.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
    assert counted(aws) == {("", "BatchGetItem", "read unit"): 1 + 2}
    dynamodb.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": key}} for key in keys])
    assert counted(aws) == {("", "TransactGetItems", "read unit"): 2 * (1 + 2)}


def test_a_search_reads_what_its_filter_drops_and_its_projection_leaves_out(aws: Aws, table: str) -> None:
    dynamodb = aws.client("dynamodb")
    for name in "ab":
        dynamodb.put_item(TableName=table, Item=item(name, 3000, open="job"))
    counted(aws)
    found = dynamodb.scan(
        TableName=table,
        ConsistentRead=True,
        FilterExpression="id = :a",
        ProjectionExpression="id",
        ExpressionAttributeValues={":a": {"S": "a"}},
    )
    assert found["Items"] == [item("a")]
    assert counted(aws) == {("", "Scan", "read unit"): 2}
    condition: Any = {"KeyConditionExpression": "id = :a", "ExpressionAttributeValues": {":a": {"S": "missing"}}}
    dynamodb.query(TableName=table, **condition)
    assert counted(aws) == {("", "Query", "read unit"): 0.5}
    dynamodb.query(
        TableName=table,
        IndexName="open",
        KeyConditionExpression="#open = :job",
        ExpressionAttributeNames={"#open": "open"},
        ExpressionAttributeValues={":job": {"S": "job"}},
        Select="COUNT",
    )
    assert counted(aws) == {("/open", "Query", "read unit"): 0.5}


@pytest.mark.usefixtures("metered")
def test_queues_and_topics_bill_64_kb_a_request(aws: Aws) -> None:
    queue = aws.queue()
    topic = aws.topic()
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws.queue_arn(queue))
    aws.cloud.clear_meter()
    aws.client("sqs").send_message(QueueUrl=queue, MessageBody="x" * 100_000)
    aws.client("sqs").receive_message(QueueUrl=queue)
    assert counted(aws, "sqs") == {("", "SendMessage", "request"): 2, ("", "ReceiveMessage", "request"): 2}
    aws.client("sns").publish(TopicArn=topic, Message="x" * 70_000)
    assert counted(aws, "sns") == {("", "Publish", "publish"): 2, ("", "sqs", "delivery"): 1}


@pytest.mark.usefixtures("metered")
def test_buckets_bill_by_class_and_metrics_by_name(aws: Aws) -> None:
    s3, bucket = aws.client("s3"), aws.bucket()
    aws.cloud.clear_meter()
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.head_object(Bucket=bucket, Key="k")
    s3.list_objects_v2(Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="k")
    assert counted(aws, "s3") == {
        ("", "PutObject", "put"): 1,
        ("", "HeadObject", "get"): 1,
        ("", "ListObjectsV2", "put"): 1,
        ("", "DeleteObject", "delete"): 1,
    }
    datum = {"MetricName": "Started", "Value": 1.0, "Dimensions": [{"Name": "Analysis", "Value": "labels"}]}
    for _ in range(2):
        aws.client("cloudwatch").put_metric_data(Namespace="reelsift", MetricData=[datum])
    entries = aws.cloud.meter()
    assert [(entry["unit"], entry["amount"]) for entry in entries] == [("request", 2), ("metric", 1)]


def test_an_event_is_billed_for_each_begun_64_kb_where_it_is_taken(metered: Aws) -> None:
    name = unique("bus")
    metered.client("events").create_event_bus(Name=name)
    details = ['"x"', '{"x": ""}', '{"x": "%s"}' % ("x" * 70_000)]
    metered.client("events").put_events(
        Entries=[{"EventBusName": name, "Source": "s", "DetailType": "t", "Detail": detail} for detail in details]
    )
    (entry,) = [entry for entry in metered.cloud.meter() if entry["service"] == "events"]
    assert (entry["resource"], entry["unit"], entry["amount"]) == (name, "event", 1 + 2)


def test_a_meter_that_is_off_counts_nothing(aws: Aws, table: str) -> None:
    aws.cloud.turn_meter(on=False)
    aws.client("dynamodb").put_item(TableName=table, Item=item("a"))
    assert aws.cloud.meter() == []
