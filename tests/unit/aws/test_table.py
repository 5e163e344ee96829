from typing import Any

import pytest
from botocore.exceptions import ClientError

from reelsift.aws.table import Table, TransactionRefused

TABLE = Table(client=None, name="reelsift-jobs")  # type: ignore[arg-type]


def test_every_name_of_an_expression_is_escaped_since_many_are_reserved_words() -> None:
    update = TABLE.transact_update({"slot": 3}, "SET #state = :state REMOVE #open", "#state = :was", state="A", was="B")
    assert update == {
        "Update": {
            "TableName": "reelsift-jobs",
            "Key": {"slot": {"N": "3"}},
            "UpdateExpression": "SET #state = :state REMOVE #open",
            "ConditionExpression": "#state = :was",
            "ExpressionAttributeNames": {"#open": "open", "#state": "state"},
            "ExpressionAttributeValues": {":state": {"S": "A"}, ":was": {"S": "B"}},
        }
    }


def test_a_put_without_a_condition_carries_no_expressions_which_dynamodb_would_refuse() -> None:
    assert TABLE.transact_put({"video_id": "v", "slot": None}) == {
        "Put": {"TableName": "reelsift-jobs", "Item": {"video_id": {"S": "v"}}}
    }


class Cancelling:
    """A client whose transactions are cancelled for these reasons, an item each, time after time."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    async def transact_write_items(self, **_: Any) -> None:
        reasons = self._answers.pop(0) if self._answers else []
        if reasons:
            answer: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": ""},
                "CancellationReasons": [{"Code": reason} for reason in reasons],
            }
            raise ClientError(answer, "TransactWriteItems")


class Dated:
    """A client that says what the time is."""

    def __init__(self, **headers: str) -> None:
        self.headers = headers

    async def get_item(self, **_: Any) -> Any:
        return {"ResponseMetadata": {"HTTPHeaders": self.headers}}


async def test_the_time_is_what_the_table_says_and_goes_on_from_there() -> None:
    table = Table(Dated(date="Fri, 02 Jan 1970 00:00:00 GMT"), "reelsift-reviews")  # type: ignore[arg-type]
    assert table.now_ms() is None
    await table.get({"video_id": "v"})
    first, then = table.now_ms(), table.now_ms()
    assert first is not None
    assert then is not None
    assert 86_401_000 <= first <= then


@pytest.mark.parametrize("headers", [{}, {"date": "soon"}, {"date": ""}])
async def test_where_the_table_says_no_time_there_is_none(headers: dict[str, str]) -> None:
    table = Table(Dated(**headers), "reelsift-reviews")  # type: ignore[arg-type]
    await table.get({"video_id": "v"})
    assert table.now_ms() is None


PARTS: dict[Any, Any] = {"slot": {}, "job": {}, ("waiter", 7): {}}
FAILED, FINE, CONFLICT = "ConditionalCheckFailed", "None", "TransactionConflict"


async def test_a_refused_transaction_names_the_parts_whose_condition_failed() -> None:
    table = Table(client=Cancelling([FINE, FAILED, FAILED]), name="jobs")  # type: ignore[arg-type]
    with pytest.raises(TransactionRefused) as refusal:
        await table.transact(PARTS)
    assert refusal.value.parts == {"job", ("waiter", 7)}


async def test_a_conflict_is_tried_again_and_does_not_hide_a_failed_condition() -> None:
    table = Table(client=Cancelling([CONFLICT, FINE, FINE], [FAILED, CONFLICT, FINE]), name="jobs")  # type: ignore[arg-type]
    with pytest.raises(TransactionRefused) as refusal:
        await table.transact(PARTS)
    assert refusal.value.parts == {"slot"}
    await Table(client=Cancelling([CONFLICT, FINE, FINE]), name="jobs").transact(PARTS)  # type: ignore[arg-type]


class Reading:
    """A client that has every row, refuses more than 100 keys at once, and hands half of them back the first time."""

    def __init__(self) -> None:
        self.requests: list[int] = []

    async def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - as botocore has it
        keys = RequestItems["jobs"]["Keys"]
        assert len(keys) <= 100
        self.requests.append(len(keys))
        read = keys if len(self.requests) > 1 else keys[:50]
        left = keys[len(read) :]
        answer: dict[str, Any] = {"Responses": {"jobs": read}}
        return answer | ({"UnprocessedKeys": {"jobs": {"Keys": left, "ConsistentRead": True}}} if left else {})


async def test_any_number_of_rows_is_read_as_many_at_a_time_as_dynamodb_allows() -> None:
    client = Reading()
    keys = [{"video_id": f"v{number}"} for number in range(250)]
    rows = await Table(client=client, name="jobs").get_many(keys)  # type: ignore[arg-type]
    assert sorted(row["video_id"] for row in rows) == sorted(key["video_id"] for key in keys)
    assert client.requests == [100, 50, 100, 50]
