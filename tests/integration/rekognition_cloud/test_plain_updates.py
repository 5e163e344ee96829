"""Updates of whole attributes end as they do on moto as it is."""

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.rekognition_cloud.account import Aws, client_at, unique
from rekognition_cloud.patches.plain_updates import is_plain

TEXT = {"S": "a text"}
ITEMS: dict[str, dict[str, Any]] = {
    "none": {},
    "few": {"n": {"N": "1"}, "other": {"N": "2.5"}},
    "many": {"n": TEXT, "other": {"M": {"in": {"L": [{"N": "1"}]}}}, "set": {"SS": ["x"]}, "due": {"N": "7"}},
}
ONE = {":v": {"N": "1"}}

PLAIN: list[tuple[str, dict[str, Any]]] = [
    ("SET #n = :v", ONE),
    ("SET #n=:v, #other =  :w REMOVE #gone, #set", ONE | {":w": {"L": [TEXT, {"NULL": True}]}}),
    ("SET #n = #other", {}),
    ("SET #n = #other, #other = #n", {}),
    ("SET #n = #n + :v", ONE),
    ("SET #n = :v - #n", ONE),
    ("SET #n = if_not_exists(#n, :v)", ONE),
    ("SET #n = if_not_exists(#gone, :v) + :v", ONE),
    ("SET #n = if_not_exists(#gone, #n)", {}),
    ("SET #n = :v", {":v": TEXT}),
    ("SET #n = #gone", {}),
    ("SET #n = #gone + :v", ONE),
    ("SET #n = :missing", ONE),
    ("SET #missing = :v", ONE),
    ("SET #n = :v, #n = :v", ONE),
    ("SET #n = :v REMOVE #n", ONE),
    ("SET #p = :v", ONE),
    ("REMOVE #s", {}),
    ("REMOVE #n, #other", {}),
    ("ADD #n :v", ONE),
    ("ADD #gone :v SET #other = :v", ONE),
    ("ADD #set :v", {":v": {"SS": ["y", "x"]}}),
    ("SET #set = :v", {":v": {"SS": ["y", "x"]}}),
    ("SET #due = :v", ONE),
    ("SET #due = :v", {":v": TEXT}),
    ("SET #open = :v", {":v": {"S": ""}}),
    ("SET #n = :v", ONE | {":unused": TEXT}),
    ("SET #n = :v", {":v": {"S": "x" * 420_000}}),
]
OTHERS = [
    "",
    "SET",
    "SET n = :v",
    "SET #n = :v,",
    "SET #n = :v SET #other = :v",
    "SET #n.#other = :v",
    "SET #n[0] = :v",
    "SET #n = list_append(#n, :v)",
    "SET #n = if_not_exists(#n :v)",
    "SET #n = if_not_exists(#n, :v",
    "SET #n = :v + :v + :v",
    "SET #n = if_not_exists(#gone, if_not_exists(#other, :v))",
    "SET #n = (:v)",
    "SET #n = #",
    "DELETE #set :v",
    "set #n = :v",
    "ADD #n #other",
    "REMOVE :v",
]


# With its neighbour, for moto as it is takes seconds to start.
pytestmark = pytest.mark.xdist_group("test_patches")


@pytest.fixture
def tables(aws: Aws, unpatched_url: str) -> list[tuple[Any, str]]:
    """One on moto as it is, one in the cloud."""
    clients = client_at(unpatched_url, "dynamodb"), aws.client("dynamodb")
    return [(client, made(client)) for client in clients]


def made(client: Any) -> str:
    name = unique("table")
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": kind}
            for attribute, kind in (("p", "S"), ("s", "S"), ("due", "N"), ("open", "S"))
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


def ended(client: Any, table: str, expression: str, values: dict[str, Any], returned: str) -> list[Any]:
    """What an update answers, and what stands in the table after it, for each of the items."""
    found: list[Any] = []
    for partition, attributes in ITEMS.items():
        key = {"p": {"S": partition}, "s": {"S": f"{returned} {expression} {values}"[:900]}}
        if attributes:
            client.put_item(TableName=table, Item=key | attributes)
        names = {word: word[1:] for word in re.findall(r"#\w+", expression) if word != "#missing"}
        request: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
        request |= {"ExpressionAttributeValues": values} if values else {}
        try:
            answer = client.update_item(
                TableName=table, Key=key, UpdateExpression=expression, ReturnValues=returned, **request
            )
            found.append(answer.get("Attributes"))
        except ClientError as refused:
            answer = refused.response
            found.append(answer["Error"])
        found.append(client.get_item(TableName=table, Key=key).get("Item"))
    return found


def test_an_update_answers_and_leaves_what_motos_own_does(tables: list[tuple[Any, str]]) -> None:
    for number, (expression, values) in enumerate(PLAIN):
        returned = "ALL_NEW" if number % 4 else "NONE"
        theirs, ours = (ended(client, table, expression, values, returned) for client, table in tables)
        assert ours == theirs, (expression, values)


def test_what_moto_refuses_or_only_moto_can_do_is_left_to_it() -> None:
    assert [expression for expression in OTHERS if is_plain(expression)] == []
    assert [expression for expression, _ in PLAIN if not is_plain(expression)] == []
