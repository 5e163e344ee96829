"""Each fault of moto is shown on moto as it is, and gone from the cloud."""

import contextlib
import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.rekognition_cloud.account import Aws, client_at, unique

pytestmark = pytest.mark.xdist_group("test_patches")


def table(dynamodb: Any) -> str:
    name = unique("table")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "s", "AttributeType": "S"},
            {"AttributeName": "due", "AttributeType": "N"},
            {"AttributeName": "open", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": [
                    {"AttributeName": "open", "KeyType": "HASH"},
                    {"AttributeName": "due", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return name


def key(partition: str, sort: str = "0") -> dict[str, dict[str, str]]:
    return {"p": {"S": partition}, "s": {"S": sort}}


def put(name: str, partition: str, *, new: bool = False, **more: dict[str, str]) -> dict[str, Any]:
    condition = {"ConditionExpression": "attribute_not_exists(p)"} if new else {}
    return {"Put": {"TableName": name, "Item": {**key(partition), **more}, **condition}}


@pytest.fixture
def dynamodb(aws: Aws) -> Any:
    return aws.client("dynamodb")


def test_of_many_racing_conditional_writes_one_wins(dynamodb: Any) -> None:
    name = table(dynamodb)

    def claim(number: int) -> bool:
        try:
            dynamodb.update_item(
                TableName=name,
                Key=key(f"slot {number // 32}"),
                UpdateExpression="SET holder = :me",
                ConditionExpression="attribute_not_exists(holder)",
                ExpressionAttributeValues={":me": {"N": str(number)}},
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(32) as pool:
        assert sum(pool.map(claim, range(5 * 32))) == 5


def test_racing_transactions_lose_no_count(dynamodb: Any) -> None:
    name = table(dynamodb)
    dynamodb.put_item(TableName=name, Item={**key("count"), "n": {"N": "0"}})

    def settle(number: int) -> bool:
        count = {
            "Update": {
                "TableName": name,
                "Key": key("count"),
                "UpdateExpression": "ADD n :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        }
        try:
            # Every line is settled by four racers at once.
            dynamodb.transact_write_items(TransactItems=[put(name, f"line {number // 4}", new=True), count])
        except dynamodb.exceptions.TransactionCanceledException:
            return False
        return True

    with ThreadPoolExecutor(32) as pool:
        settled = sum(pool.map(settle, range(160)))
    counted = dynamodb.get_item(TableName=name, Key=key("count"))["Item"]["n"]["N"]
    assert (settled, counted) == (40, "40")


def lost_writes(dynamodb: Any) -> int:
    """Plain puts that are gone after transactions on the same table have been cancelled around them."""
    name = table(dynamodb)
    dynamodb.put_item(TableName=name, Item=key("taken"))
    fill = [f"fill {number}" for number in range(300)]
    for start in range(0, len(fill), 25):
        chunk = [{"PutRequest": {"Item": key(partition)}} for partition in fill[start : start + 25]]
        dynamodb.batch_write_item(RequestItems={name: chunk})

    def write(number: int) -> None:
        if number % 2:
            with contextlib.suppress(ClientError):
                dynamodb.transact_write_items(TransactItems=[put(name, "taken", new=True)])
        else:
            dynamodb.put_item(TableName=name, Item=key(f"plain {number}"))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(120)))
    kept = [dynamodb.get_item(TableName=name, Key=key(f"plain {n}")).get("Item") for n in range(0, 120, 2)]
    return kept.count(None)


def test_a_cancelled_transaction_undoes_nobody_elses_write(dynamodb: Any, unpatched_url: str) -> None:
    # Two threads have to meet: moto loses something nearly every time, not every time.
    assert any(lost_writes(client_at(unpatched_url, "dynamodb")) for _ in range(5))
    assert lost_writes(dynamodb) == 0


def test_a_cancelled_transaction_writes_nothing_and_gives_a_reason_for_each_item(dynamodb: Any) -> None:
    name = table(dynamodb)
    dynamodb.put_item(TableName=name, Item={**key("taken"), "holder": {"S": "me"}})
    taken = put(name, "taken", new=True)
    taken["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    with pytest.raises(ClientError) as cancelled:
        dynamodb.transact_write_items(TransactItems=[put(name, "free", new=True), taken])
    answer: Any = cancelled.value.response
    reasons = answer["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"]["holder"] == {"S": "me"}
    assert "Item" not in dynamodb.get_item(TableName=name, Key=key("free"))


def test_a_transaction_that_breaks_half_way_is_undone(dynamodb: Any) -> None:
    name = table(dynamodb)
    dynamodb.put_item(TableName=name, Item={**key("old"), "n": {"N": "1"}})
    broken = {
        "Update": {
            "TableName": name,
            "Key": key("old"),
            "UpdateExpression": "SET n = missing + :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
    with pytest.raises(ClientError):
        dynamodb.transact_write_items(TransactItems=[put(name, "new"), broken])
    assert "Item" not in dynamodb.get_item(TableName=name, Key=key("new"))
    assert dynamodb.get_item(TableName=name, Key=key("old"))["Item"]["n"] == {"N": "1"}


def test_a_transaction_reads_its_conditions_before_its_writes(dynamodb: Any) -> None:
    name = table(dynamodb)
    twice = [put(name, "one", new=True), put(name, "one", new=True)]
    with pytest.raises(ClientError, match="cannot include multiple operations on one item"):
        dynamodb.transact_write_items(TransactItems=twice)


def test_a_repeated_transaction_with_its_token_is_answered_and_not_applied_again(
    dynamodb: Any, unpatched_url: str
) -> None:
    def repeated(client: Any) -> bool:
        name, token = table(client), unique("token")
        for _ in range(2):
            try:
                client.transact_write_items(TransactItems=[put(name, "one", new=True)], ClientRequestToken=token)
            except ClientError:
                return False
        with pytest.raises(ClientError, match="IdempotentParameterMismatchException"):
            client.transact_write_items(TransactItems=[put(name, "two")], ClientRequestToken=token)
        return True

    assert not repeated(client_at(unpatched_url, "dynamodb"))
    assert repeated(dynamodb)


def test_a_refused_condition_shows_the_item_where_asked(dynamodb: Any) -> None:
    name = table(dynamodb)
    dynamodb.put_item(TableName=name, Item={**key("taken"), "holder": {"S": "me"}})
    with pytest.raises(ClientError) as refused:
        dynamodb.put_item(
            TableName=name,
            Item=key("taken"),
            ConditionExpression="attribute_not_exists(p)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    answer: Any = refused.value.response
    assert answer["Item"]["holder"] == {"S": "me"}


def test_queries_find_the_same_as_before(dynamodb: Any, unpatched_url: str) -> None:
    def found(client: Any) -> list[Any]:
        name = table(client)
        for number in range(30):
            more = {"open": {"S": "yes"}, "due": {"N": str(100 - number)}} if number % 3 == 0 else {}
            client.put_item(TableName=name, Item={**key(f"p{number % 4}", f"s{number:02}"), **more})
        partition = client.query(
            TableName=name,
            KeyConditionExpression="p = :p AND s > :s",
            ExpressionAttributeValues={":p": {"S": "p1"}, ":s": {"S": "s08"}},
            ScanIndexForward=False,
            Limit=3,
        )
        pages: list[Any] = []
        start: dict[str, Any] = {}
        while True:
            page = client.query(
                TableName=name,
                IndexName="open",
                KeyConditionExpression="#o = :o AND due < :d",
                ExpressionAttributeNames={"#o": "open"},
                ExpressionAttributeValues={":o": {"S": "yes"}, ":d": {"N": "95"}},
                Limit=4,
                **start,
            )
            pages.append(page["Items"])
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        nothing = client.query(
            TableName=name, KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": "none"}}
        )
        return [partition["Items"], partition["LastEvaluatedKey"], pages, nothing["Items"]]

    assert found(dynamodb) == found(client_at(unpatched_url, "dynamodb"))


_EVERY_TYPE = {
    "text": {"S": "São Paulo"},
    "empty": {"S": ""},
    "number": {"N": "98.5"},
    "bytes": {"B": b"\x00\xff"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2.5"]},
    "blobs": {"BS": [b"a", b"\xff"]},
    "list": {"L": [{"N": "1"}, {"L": []}, {"M": {"deep": {"B": b"b"}}}]},
    "map": {"M": {"S": {"S": "a name like a type's"}, "list": {"L": [{"S": "x"}]}, "none": {"M": {}}}},
}


def test_items_are_answered_as_before(dynamodb: Any, unpatched_url: str) -> None:
    def answered(client: Any) -> list[Any]:
        name = table(client)
        item = {**key("one"), **_EVERY_TYPE}
        client.put_item(TableName=name, Item=item)
        replaced = client.put_item(TableName=name, Item=key("one"), ReturnValues="ALL_OLD")
        client.put_item(TableName=name, Item=item)
        client.put_item(TableName=name, Item=key("two"))
        some = client.get_item(TableName=name, Key=key("one"), ProjectionExpression="p, bytes, numbers")
        asked = {name: {"Keys": [key("one")]}}
        return [
            item,
            replaced["Attributes"],
            client.get_item(TableName=name, Key=key("one"))["Item"],
            some["Item"],
            client.batch_get_item(RequestItems=asked)["Responses"][name],
            sorted(client.scan(TableName=name)["Items"], key=lambda found: found["p"]["S"]),
            client.delete_item(TableName=name, Key=key("one"), ReturnValues="ALL_OLD")["Attributes"],
        ]

    before = answered(client_at(unpatched_url, "dynamodb"))
    assert answered(dynamodb) == before
    assert before[1] == before[2] == before[0]


_CONDITIONS = [
    "n = :n",
    "n <> :n",
    "n >= :n AND n < :m",
    "n BETWEEN :n AND :m",
    "n IN (:m, :n)",
    "attribute_exists(n) AND attribute_not_exists(#absent)",
    "attribute_not_exists(n) OR (NOT attribute_exists(#absent) AND n < :m)",
    "attribute_not_exists(n) OR NOT (attribute_exists(#absent) OR n = :n)",
    "begins_with(#text, :text) AND contains(#text, :text) AND size(#text) < :n",
    "m.deep = :text",
    "attribute_type(#text, :text)",
    "l[1] = :n",
    "n = = :n",
    "n",
]


def test_conditions_hold_as_before_whatever_their_values(dynamodb: Any, unpatched_url: str) -> None:
    def held(client: Any) -> list[bool | None]:
        name = table(client)
        item = {
            **key("one"),
            "n": {"N": "5"},
            "text": {"S": "text"},
            "l": {"L": [{"NULL": True}, {"N": "5"}]},
            "m": {"M": {"deep": {"S": "S"}}},
        }
        client.put_item(TableName=name, Item=item)
        found: list[bool | None] = []
        for n, condition in itertools.product(("5", "6"), _CONDITIONS):
            values = {":n": {"N": n}, ":m": {"N": "6"}, ":text": {"S": "te" if n == "5" else "S"}}
            given: dict[str, Any] = {
                "ExpressionAttributeNames": {word: word[1:] for word in ("#text", "#absent") if word in condition},
                "ExpressionAttributeValues": {word: value for word, value in values.items() if word in condition},
            }
            try:
                client.put_item(
                    TableName=name,
                    Item=item,
                    ConditionExpression=condition,
                    **{member: words for member, words in given.items() if words},
                )
            except ClientError as refused:
                failed = refused.response["Error"]["Code"] == "ConditionalCheckFailedException"
                found.append(False if failed else None)
            else:
                found.append(True)
        return found

    before = held(client_at(unpatched_url, "dynamodb"))
    assert held(dynamodb) == before
    assert (before.count(True), before.count(False), before.count(None)) == (14, 10, 4)


_UPDATES: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("SET #a = :one, b = :one, c = if_not_exists(c, :one)", {"#a": "a"}, {":one": {"N": "1"}}),
    ("SET #a = :one, b = :one, c = if_not_exists(c, :two)", {"#a": "b2"}, {":one": {"N": "1"}, ":two": {"N": "2"}}),
    ("SET b = b + :two, n = n - :two ADD c :two", {}, {":two": {"N": "2"}}),
    ("SET l = list_append(l, :l), m.#in.deep = :l", {"#in": "inner"}, {":l": {"L": [{"S": "x"}]}}),
    ("ADD tags :s, more :s", {}, {":s": {"SS": ["b", "c"]}}),
    ("DELETE tags :s REMOVE l[0], l[2], b, #absent", {"#absent": "absent"}, {":s": {"SS": ["a"]}}),
    ("SET l[1] = :t REMOVE m.#in, n", {"#in": "inner"}, {":t": {"BOOL": True}}),
    ("SET n = absent + :one", {}, {":one": {"N": "1"}}),
    ("SET n = :one, n = :one", {}, {":one": {"N": "1"}}),
    ("SET p = :one", {}, {":one": {"S": "1"}}),
    ("SET due = :text", {}, {":text": {"S": "not a number"}}),
    ("SET nothing.there = :one", {}, {":one": {"N": "1"}}),
    ("SET n = :undefined", {}, {":one": {"N": "1"}}),
    ("SET n = :one", {}, {":one": {"N": "1"}, ":unused": {"N": "1"}}),
    ("SET n : :one", {}, {":one": {"N": "1"}}),
]


def test_updates_do_the_same_as_before_however_often_they_come(dynamodb: Any, unpatched_url: str) -> None:
    def done(client: Any) -> list[Any]:
        name = table(client)
        steps: list[Any] = []
        for partition in ("first", "second"):
            item = {
                **key(partition),
                "n": {"N": "5"},
                "tags": {"SS": ["a", "b"]},
                "l": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}]},
                "m": {"M": {"inner": {"M": {}}}},
            }
            client.put_item(TableName=name, Item=item)
            for expression, names, values in _UPDATES:
                given = {"ExpressionAttributeNames": names} if names else {}
                try:
                    answer = client.update_item(
                        TableName=name,
                        Key=key(partition),
                        UpdateExpression=expression,
                        ExpressionAttributeValues=values,
                        ReturnValues="ALL_NEW",
                        **given,
                    )
                except ClientError as refused:
                    steps.append(refused.response["Error"])
                    continue
                steps.append(answer["Attributes"])
                for value in answer["Attributes"].values():
                    # A set has no order.
                    value.get("SS", []).sort()
        return steps

    before = done(client_at(unpatched_url, "dynamodb"))
    assert done(dynamodb) == before
    assert sum("Code" in step for step in before) == 2 * 8


def test_a_batch_takes_25_writes(dynamodb: Any, unpatched_url: str) -> None:
    def accepted(client: Any, size: int) -> bool:
        name = table(client)
        writes = [{"PutRequest": {"Item": key(str(number))}} for number in range(size)]
        try:
            client.batch_write_item(RequestItems={name: writes})
        except ClientError as refused:
            return refused.response["Error"]["Code"] != "ValidationException"
        return True

    assert accepted(client_at(unpatched_url, "dynamodb"), 26)
    assert not accepted(dynamodb, 26)
    assert accepted(dynamodb, 25)


@pytest.mark.parametrize(
    "too_long", [key("é" * 1025), key("p", "é" * 513)], ids=["a partition key of 2,050 bytes", "a sort key of 1,026"]
)
def test_a_key_that_is_too_long_is_refused_by_whoever_looks_for_it(
    too_long: dict[str, dict[str, str]], dynamodb: Any, unpatched_url: str
) -> None:
    name = table(dynamodb)

    def asked(client: Any, name: str) -> list[str]:
        values = {":p": too_long["p"], ":s": too_long["s"]}
        calls: dict[str, Any] = {
            "get": lambda: client.get_item(TableName=name, Key=too_long),
            "batch": lambda: client.batch_get_item(RequestItems={name: {"Keys": [too_long]}}),
            "delete": lambda: client.delete_item(TableName=name, Key=too_long),
            "update": lambda: client.update_item(
                TableName=name,
                Key=too_long,
                UpdateExpression="SET #a = :a",
                ExpressionAttributeNames={"#a": "a"},
                ExpressionAttributeValues={":a": {"S": "a"}},
            ),
            "query": lambda: client.query(
                TableName=name, KeyConditionExpression="p = :p AND s = :s", ExpressionAttributeValues=values
            ),
            "behind": lambda: client.query(
                TableName=name,
                KeyConditionExpression="p = :p",
                ExpressionAttributeValues={":p": {"S": "p"}},
                ExclusiveStartKey=too_long,
            ),
        }
        answered: list[str] = []
        for of, call in calls.items():
            try:
                call()
            except ClientError as error:
                if error.response["Error"]["Code"] == "ValidationException":
                    continue
            answered.append(of)
        return answered

    assert asked(dynamodb, name) == []
    as_it_is = client_at(unpatched_url, "dynamodb")
    assert asked(as_it_is, table(as_it_is)) != []


def test_of_many_racing_conditional_puts_one_wins(aws: Aws) -> None:
    bucket, s3 = aws.bucket(), aws.client("s3")

    def create(number: int) -> bool:
        try:
            s3.put_object(Bucket=bucket, Key=str(number % 8), Body=b"x" * 2000, IfNoneMatch="*")
        except ClientError as refused:
            return refused.response["Error"]["Code"] != "PreconditionFailed"
        return True

    with ThreadPoolExecutor(32) as pool:
        assert sum(pool.map(create, range(160))) == 8


def test_what_lies_under_a_customers_key_is_given_to_nobody_without_it(aws: Aws, unpatched_url: str) -> None:
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    for s3, refused in ((aws.client("s3"), True), (client_at(unpatched_url, "s3"), False)):
        bucket = unique("bucket")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="a", Body=b"secret", **key)
        assert s3.get_object(Bucket=bucket, Key="a", **key)["Body"].read() == b"secret"
        assert s3.head_object(Bucket=bucket, Key="a", **key)["ContentLength"] == 6
        for read in (s3.head_object, s3.get_object):
            answer = read_or_error(read, Bucket=bucket, Key="a")
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == (400 if refused else 200)
        assert ("Server Side Encryption" in str(answer.get("Error"))) == refused


def test_an_object_in_an_archive_tier_is_read_once_it_is_restored(aws: Aws, unpatched_url: str) -> None:
    tier = {"StorageClass": "INTELLIGENT_TIERING", "Metadata": {"archive-status": "DEEP_ARCHIVE_ACCESS"}}
    for s3, told in ((aws.client("s3"), "DEEP_ARCHIVE_ACCESS"), (client_at(unpatched_url, "s3"), None)):
        bucket = unique("bucket")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="a", Body=b"cold", **tier)
        head = s3.head_object(Bucket=bucket, Key="a")
        assert (head["StorageClass"], head.get("ArchiveStatus")) == ("INTELLIGENT_TIERING", told)
        assert ("Error" in read_or_error(s3.get_object, Bucket=bucket, Key="a")) == (told is not None)
    s3 = aws.client("s3")
    bucket = unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a", Body=b"cold", **tier)
    s3.restore_object(Bucket=bucket, Key="a", RestoreRequest={})
    assert "ArchiveStatus" not in s3.head_object(Bucket=bucket, Key="a")
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"cold"


def read_or_error(read: Any, **arguments: str) -> Any:
    """What is answered, be it an error."""
    try:
        return read(**arguments)
    except ClientError as error:
        return error.response


def test_racing_receivers_get_each_message_once(aws: Aws) -> None:
    queue, sqs = aws.queue(), aws.client("sqs")
    for start in range(0, 200, 10):
        entries = [{"Id": str(n), "MessageBody": str(start + n)} for n in range(10)]
        sqs.send_message_batch(QueueUrl=queue, Entries=entries)

    def drain(_worker: int) -> list[str]:
        bodies: list[str] = []
        while messages := aws.received(queue, wait=0):
            bodies += [message["Body"] for message in messages]
            receipts = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]
            assert not sqs.delete_message_batch(QueueUrl=queue, Entries=receipts).get("Failed")
        return bodies

    with ThreadPoolExecutor(16) as pool:
        received = [body for bodies in pool.map(drain, range(16)) for body in bodies]
    assert sorted(received, key=int) == [str(number) for number in range(200)]


def test_a_message_comes_back_after_its_visibility_and_dies_after_its_receives(aws: Aws) -> None:
    sqs, dead = aws.client("sqs"), aws.queue()
    policy = f'{{"deadLetterTargetArn": "{aws.queue_arn(dead)}", "maxReceiveCount": 2}}'
    queue = aws.queue(VisibilityTimeout="4", RedrivePolicy=policy)
    sqs.send_message(QueueUrl=queue, MessageBody="x", DelaySeconds=4)
    assert aws.received(queue, wait=0) == []
    assert len(aws.received(queue)) == 1
    assert aws.received(queue, wait=0) == []
    (again,) = aws.received(queue)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=again["ReceiptHandle"], VisibilityTimeout=0)
    assert aws.received(queue, wait=0) == []
    (poison,) = aws.received(dead)
    sqs.delete_message(QueueUrl=dead, ReceiptHandle=poison["ReceiptHandle"])


def test_the_counts_of_a_queue_follow_its_messages(aws: Aws) -> None:
    queue, sqs = aws.queue(), aws.client("sqs")
    for number in range(3):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=600)
    sqs.receive_message(QueueUrl=queue)
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "2"
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "1"
    assert attributes["ApproximateNumberOfMessagesDelayed"] == "1"
    sqs.purge_queue(QueueUrl=queue)
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "0"


def test_a_wrong_receipt_handle_is_refused_and_a_used_one_is_not(aws: Aws) -> None:
    queue, sqs = aws.queue(), aws.client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    handle = aws.received(queue)[0]["ReceiptHandle"]
    for _ in range(2):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle="none")


def test_a_fifo_queue_keeps_its_order_and_deletes(aws: Aws) -> None:
    sqs = aws.client("sqs")
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    queue = sqs.create_queue(QueueName=f"{unique('queue')}.fifo", Attributes=attributes)["QueueUrl"]
    for body in ("a", "b", "b"):
        sqs.send_message(QueueUrl=queue, MessageBody=body, MessageGroupId="g")
    messages = aws.received(queue, wait=0)
    for message in messages:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert [message["Body"] for message in messages] == ["a", "b"]
    assert aws.received(queue, wait=0) == []


def test_moto_alone_knows_no_quota_of_rekognition(unpatched_url: str) -> None:
    quotas = client_at(unpatched_url, "service-quotas")
    with pytest.raises(ClientError, match="NoSuchResource"):
        quotas.get_service_quota(ServiceCode="rekognition", QuotaCode="L-A6079699")


def test_a_mail_address_is_pending_until_it_is_confirmed(aws: Aws, unpatched_url: str) -> None:
    def listed(sns: Any) -> list[str]:
        topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
        found = []
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
        for _ in range(2):
            (each,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
            found.append(each["SubscriptionArn"].removeprefix(topic).partition(":")[0])
            sns.confirm_subscription(TopicArn=topic, Token="a@example.com")
        return found

    assert listed(aws.client("sns")) == ["PendingConfirmation", ""]
    assert listed(client_at(unpatched_url, "sns")) == ["", ""]


def test_a_message_is_as_large_as_its_bytes_and_those_of_its_attributes(aws: Aws, unpatched_url: str) -> None:
    def send(sqs: Any, body: str) -> None:
        url = sqs.create_queue(QueueName=unique("sizes"), Attributes={"MaximumMessageSize": "1024"})["QueueUrl"]
        attributes = {"why": {"DataType": "String", "StringValue": "x" * 15}}
        sqs.send_message_batch(
            QueueUrl=url, Entries=[{"Id": "0", "MessageBody": body, "MessageAttributes": attributes}]
        )

    send(aws.client("sqs"), "x" * 1000)
    for body in ("x" * 1001, "ü" * 501):
        with pytest.raises(ClientError, match="must be shorter than 1024 bytes"):
            send(aws.client("sqs"), body)
        send(client_at(unpatched_url, "sqs"), body)


def test_of_an_object_that_nobody_holds_no_legal_hold_is_told(aws: Aws, unpatched_url: str) -> None:
    def asked(s3: Any, *, lock: bool) -> str:
        bucket = unique("bucket")
        s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=lock)
        s3.put_object(Bucket=bucket, Key="a", Body=b"x")
        try:
            s3.get_object_legal_hold(Bucket=bucket, Key="a")
        except ClientError as refused:
            return str(refused.response["Error"]["Code"])
        return ""

    locked, other = aws.client("s3"), client_at(unpatched_url, "s3")
    assert [asked(locked, lock=True), asked(locked, lock=False)] == ["NoSuchObjectLockConfiguration", "InvalidRequest"]
    assert [asked(other, lock=True), asked(other, lock=False)] == ["", ""]


@pytest.mark.parametrize("in_parts", [False, True])
def test_a_copy_is_made_only_of_the_content_that_is_meant(aws: Aws, unpatched_url: str, *, in_parts: bool) -> None:
    def copied(s3: Any, etag: str) -> bool:
        bucket = unique("bucket")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="a", Body=b"x")
        asked: dict[str, Any] = {"Bucket": bucket, "Key": "b"}
        meant = {"CopySource": {"Bucket": bucket, "Key": "a"}, "CopySourceIfMatch": etag}
        try:
            if in_parts:
                upload = s3.create_multipart_upload(**asked)["UploadId"]
                s3.upload_part_copy(**asked, **meant, UploadId=upload, PartNumber=1)
            else:
                s3.copy_object(**asked, **meant)
        except ClientError as refused:
            return refused.response["Error"]["Code"] != "PreconditionFailed"
        return True

    etag = '"9dd4e461268c8034f5c8564e155c67a6"'
    assert [copied(aws.client("s3"), each) for each in (etag, '"other"')] == [True, False]
    assert copied(client_at(unpatched_url, "s3"), '"other"')


def test_every_message_of_sns_is_signed_by_one_key_with_one_certificate(aws: Aws, unpatched_url: str) -> None:
    def envelopes(url: str) -> list[dict[str, Any]]:
        sns, sqs = client_at(url, "sns"), client_at(url, "sqs")
        queue = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        found: list[dict[str, Any]] = []
        for text in ("one", "two"):
            topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
            sns.publish(TopicArn=topic, Message=text, Subject="s")
            (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
        return found

    before, after = envelopes(unpatched_url), envelopes(aws.cloud.url)
    assert [set(one) for one in before] == [set(one) for one in after]
    assert [(one["Message"], one["Subject"]) for one in before] == [(one["Message"], one["Subject"]) for one in after]
    assert len({one["SigningCertURL"] for one in before}) == 2
    assert len({one["SigningCertURL"] for one in after}) == 1
    assert len({one["Signature"] for one in after}) == 2
