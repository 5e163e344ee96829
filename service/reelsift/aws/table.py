"""One DynamoDB table's conditional writes, and transactions over several."""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Collection, Hashable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import AwsUnavailable, code_of
from reelsift.aws.items import pack, unpack

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb.client import DynamoDBClient

CONFLICT_TRIES = 12
"""A transaction that meets another is tried again this often: conflicts are contention, never a failure."""

_NAME = re.compile(r"#(\w+)")

PAGE_ROWS = 1000
"""Rows of one answer: botocore reads it at one go, and 1 MB, DynamoDB's own limit, holds up the loop for long."""

READ_ITEMS = 100
"""Keys that one BatchGetItem takes (DynamoDB)."""

BATCH_ITEMS = 25
"""Writes in one BatchWriteItem at most (DynamoDB)."""


Item = dict[str, Any]
"""One write of a transaction, as `Table.transact_put` and its siblings make it."""

Part = Hashable
"""The name of a write in its transaction: a word, or what it is about where there are many of a kind."""


class ConditionFailed(Exception):
    """Somebody else was first: the row no longer is what the write relied on."""


class TransactionRefused(Exception):
    """Nothing of a transaction was written: `parts` are the names of the parts whose condition failed."""

    def __init__(self, parts: Collection[Part]) -> None:
        super().__init__(", ".join(str(part) for part in parts))
        self.parts = frozenset(parts)


class Table:
    """A table by name. Values go in and come out as plain dictionaries (`aws.items`)."""

    _answered: tuple[int, float] | None = None
    """What the time was by the last answer to `get` or `query`, and by the steady clock of this process then."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.client = client
        self.name = name

    async def get(self, key: Mapping[str, Any], *, consistent: bool = True) -> dict[str, Any] | None:
        answer = await self.client.get_item(TableName=self.name, Key=pack(key), ConsistentRead=consistent)
        self._note_time(answer)
        return unpack(answer["Item"]) if "Item" in answer else None

    def now_ms(self) -> int | None:
        """The time of day (epoch milliseconds) by the clock of DynamoDB, up to a second ahead of it; None where nothing
        was read yet.
        """
        if self._answered is None:
            return None
        at_ms, steady = self._answered
        return at_ms + int((time.monotonic() - steady) * 1000)

    def _note_time(self, answer: Mapping[str, Any]) -> None:
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if date is None:
            return
        try:
            at_s = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        # It has whole seconds.
        self._answered = int(at_s + 1) * 1000, time.monotonic()

    async def get_many(self, keys: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The rows of the keys that exist, read consistently, in no order; 100 keys a request."""
        rows: list[dict[str, Any]] = []
        for start in range(0, len(keys), READ_ITEMS):
            some = [pack(key) for key in keys[start : start + READ_ITEMS]]
            pending: Any = {self.name: {"Keys": some, "ConsistentRead": True}}
            for attempt in range(CONFLICT_TRIES):
                answer = await self.client.batch_get_item(RequestItems=pending)
                rows += [unpack(item) for item in answer["Responses"].get(self.name, [])]
                pending = answer.get("UnprocessedKeys")
                if not pending:
                    break
                await _pause(attempt)
            else:
                raise AwsUnavailable(f"{self.name} keeps handing back reads; its throughput is exhausted")
        return rows

    async def put(self, item: Mapping[str, Any], condition: str | None = None, **values: Any) -> None:
        """Write a whole row. Raises ConditionFailed."""
        await self._conditional("put_item", {"Item": pack(item), **_expressions(values, ConditionExpression=condition)})

    async def update(
        self, key: Mapping[str, Any], /, expression: str, condition: str | None = None, **values: Any
    ) -> None:
        """Change a row. Raises ConditionFailed.

        In every expression here `#name` is the attribute `name` and `:name` is `values["name"]`.
        """
        await self._update(key, expression, condition, "NONE", values)

    async def update_and_read(
        self, key: Mapping[str, Any], expression: str, condition: str | None = None, **values: Any
    ) -> dict[str, Any]:
        """Change a row and return all of it. Raises ConditionFailed."""
        answer = await self._update(key, expression, condition, "ALL_NEW", values)
        return unpack(answer.get("Attributes", {}))

    async def delete(self, key: Mapping[str, Any], condition: str, **values: Any) -> None:
        """Delete a row. Raises ConditionFailed."""
        await self._conditional(
            "delete_item", {"Key": pack(key), **_expressions(values, ConditionExpression=condition)}
        )

    async def query(
        self,
        condition: str,
        *,
        index: str | None = None,
        limit: int | None = None,
        backwards: bool = False,
        filter_expression: str | None = None,
        attributes: Sequence[str] = (),
        behind: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> AsyncIterator[dict[str, Any]]:
        """Rows in key order, a page at a time; consistent unless an index is read, which cannot be. With `attributes`
        rows have these only, as far as they have them. With `behind`, the key of a row (and that which the index has of
        it), only those behind it, whether it is still there or not.
        """
        projection = ", ".join(f"#{name}" for name in attributes)
        request: dict[str, Any] = {
            "TableName": self.name,
            "ScanIndexForward": not backwards,
            **_expressions(
                values,
                KeyConditionExpression=condition,
                FilterExpression=filter_expression,
                ProjectionExpression=projection,
            ),
        }
        if index is not None:
            request["IndexName"] = index
        else:
            request["ConsistentRead"] = True
        if behind is not None:
            request["ExclusiveStartKey"] = pack(behind)
        remaining = limit
        while True:
            request["Limit"] = PAGE_ROWS if remaining is None else min(PAGE_ROWS, remaining)
            answer = await self.client.query(**request)
            self._note_time(answer)
            for item in answer["Items"]:
                yield unpack(item)
            if remaining is not None:
                remaining -= len(answer["Items"])
                if remaining <= 0:
                    return
            if not answer.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    async def count(self, condition: str, *, index: str, at_most: int | None = None, **values: Any) -> int:
        """How many rows of an index a condition on its key holds for; `at_most` where there are more."""
        request: dict[str, Any] = {
            "TableName": self.name,
            "IndexName": index,
            "Select": "COUNT",
            **_expressions(values, KeyConditionExpression=condition),
        }
        number = 0
        while True:
            if at_most is not None:
                request["Limit"] = at_most - number
            answer = await self.client.query(**request)
            number += answer["Count"]
            if not answer.get("LastEvaluatedKey") or number == at_most:
                return number
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    async def has_rows(self, index: str) -> bool:
        """Whether anything stands in an index, at the moment that the index is at: one request, where to ask each
        partition of a sparse one takes as many as there are. True also where a page ends before it has found out.
        """
        answer = await self.client.scan(TableName=self.name, IndexName=index, Select="COUNT", Limit=1)
        return bool(answer["Count"] or answer.get("LastEvaluatedKey"))

    async def scan(
        self,
        *,
        index: str | None = None,
        filter_expression: str | None = None,
        attributes: Sequence[str] = (),
        after: Mapping[str, Any] | None = None,
        segment: tuple[int, int] | None = None,
        **values: Any,
    ) -> AsyncIterator[dict[str, Any]]:
        """Every row, or every row of an index, a page at a time: for what stays small, and for what is rare. Consistent
        unless an index is read. With `attributes` rows have these only; with `after`, the key of a row, those before it
        and itself are left out; with `segment`, as in (0, 4), only those of the first of four parts are read.
        """
        request: dict[str, Any] = {
            "TableName": self.name,
            **({"ConsistentRead": True} if index is None else {"IndexName": index}),
            "Limit": PAGE_ROWS,
            **_expressions(
                values,
                FilterExpression=filter_expression,
                ProjectionExpression=", ".join(f"#{name}" for name in attributes),
            ),
        }
        if after is not None:
            request["ExclusiveStartKey"] = pack(after)
        if segment is not None:
            request["Segment"], request["TotalSegments"] = segment
        while True:
            answer = await self.client.scan(**request)
            for item in answer["Items"]:
                yield unpack(item)
            if not answer.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    async def scan_page(
        self,
        *,
        part: int,
        parts: int,
        limit: int,
        after: Mapping[str, Any] | None = None,
    ) -> tuple[list[dict[str, Any]], Mapping[str, Any] | None]:
        """Up to `limit` rows of one of the `parts` that a table is read in side by side, read consistently, and the key
        behind which the next page begins: None where this was the last. A page may be empty, and another follow.
        """
        request: dict[str, Any] = {
            "TableName": self.name,
            "ConsistentRead": True,
            "Segment": part,
            "TotalSegments": parts,
            "Limit": limit,
        }
        if after is not None:
            request["ExclusiveStartKey"] = pack(after)
        answer = await self.client.scan(**request)
        last = answer.get("LastEvaluatedKey")
        return [unpack(item) for item in answer["Items"]], unpack(last) if last else None

    async def write_many(
        self, puts: Sequence[Mapping[str, Any]] = (), deletes: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        """Unconditional puts and deletes, 25 a request; what DynamoDB hands back is sent again."""
        requests: list[Any] = [{"PutRequest": {"Item": pack(item)}} for item in puts]
        requests += [{"DeleteRequest": {"Key": pack(key)}} for key in deletes]
        for start in range(0, len(requests), BATCH_ITEMS):
            pending: Any = {self.name: requests[start : start + BATCH_ITEMS]}
            for attempt in range(CONFLICT_TRIES):
                answer = await self.client.batch_write_item(RequestItems=pending)
                pending = answer.get("UnprocessedItems")
                if not pending:
                    break
                await _pause(attempt)
            else:
                raise AwsUnavailable(f"{self.name} keeps handing back writes; its throughput is exhausted")

    def transact_put(self, item: Mapping[str, Any], condition: str | None = None, **values: Any) -> Item:
        """A Put for `transact`."""
        return {
            "Put": {
                "TableName": self.name,
                "Item": pack(item),
                **_expressions(values, ConditionExpression=condition),
            }
        }

    def transact_update(
        self, key: Mapping[str, Any], /, expression: str, condition: str | None = None, **values: Any
    ) -> Item:
        """An Update for `transact`."""
        return {
            "Update": {
                "TableName": self.name,
                "Key": pack(key),
                **_expressions(values, UpdateExpression=expression, ConditionExpression=condition),
            }
        }

    def transact_delete(self, key: Mapping[str, Any], condition: str, **values: Any) -> Item:
        """A Delete for `transact`."""
        return {
            "Delete": {
                "TableName": self.name,
                "Key": pack(key),
                **_expressions(values, ConditionExpression=condition),
            }
        }

    def transact_check(self, key: Mapping[str, Any], /, condition: str, **values: Any) -> Item:
        """A ConditionCheck for `transact`: the row stays as it is, and has to be so."""
        return {
            "ConditionCheck": {
                "TableName": self.name,
                "Key": pack(key),
                **_expressions(values, ConditionExpression=condition),
            }
        }

    async def transact(self, parts: Mapping[Any, Item]) -> None:
        """Write all of the parts or none. Their names are the caller's choice; a refusal says which of them it was.

        Raises TransactionRefused; conflicts are tried again.
        """
        names = list(parts)
        for attempt in range(CONFLICT_TRIES):
            try:
                await self.client.transact_write_items(TransactItems=list(parts.values()))  # type: ignore[arg-type]
            except ClientError as error:
                if code_of(error) != "TransactionCanceledException":
                    if code_of(error) not in {"TransactionConflictException", "TransactionInProgressException"}:
                        raise
                else:
                    reasons = _reasons(error)
                    refused = [
                        name for name, reason in zip(names, reasons, strict=False) if reason == "ConditionalCheckFailed"
                    ]
                    if refused:
                        raise TransactionRefused(refused) from None
                    if not {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"} & set(reasons):
                        raise
                await _pause(attempt)
            else:
                return
        raise AwsUnavailable(f"a transaction on {self.name} met others {CONFLICT_TRIES} times in a row")

    async def _update(
        self, key: Mapping[str, Any], expression: str, condition: str | None, returned: str, values: Mapping[str, Any]
    ) -> Any:
        expressions = _expressions(values, UpdateExpression=expression, ConditionExpression=condition)
        return await self._conditional("update_item", {"Key": pack(key), "ReturnValues": returned, **expressions})

    async def _conditional(self, method: str, request: dict[str, Any]) -> Any:
        for attempt in range(CONFLICT_TRIES):
            try:
                return await getattr(self.client, method)(TableName=self.name, **request)
            except ClientError as error:
                if code_of(error) == "ConditionalCheckFailedException":
                    raise ConditionFailed(self.name) from None
                if code_of(error) != "TransactionConflictException":
                    raise
            await _pause(attempt)
        raise AwsUnavailable(f"a write to {self.name} met a transaction {CONFLICT_TRIES} times in a row")


def _reasons(error: ClientError) -> list[str]:
    """Why a transaction was cancelled: a code for each of its items, in their order, `None` for one that was fine."""
    return [str(reason.get("Code", "None")) for reason in error.response.get("CancellationReasons", [])]


def _expressions(values: Mapping[str, Any], **expressions: str | None) -> dict[str, Any]:
    """Expressions with their names and values. Every name goes through `#`: many are reserved words of DynamoDB.

    None has no place among the values: the caller writes REMOVE instead.
    """
    given = {member: expression for member, expression in expressions.items() if expression}
    names = {name for expression in given.values() for name in _NAME.findall(expression)}
    request: dict[str, Any] = dict(given)
    if names:
        request["ExpressionAttributeNames"] = {f"#{name}": name for name in sorted(names)}
    if values:
        request["ExpressionAttributeValues"] = {f":{name}": value for name, value in pack(values).items()}
    return request


async def _pause(attempt: int) -> None:
    """Full jitter, from 10 ms doubling to 1 s: racers that met once should not meet again."""
    await asyncio.sleep(random.uniform(0, min(1.0, 0.02 * 2**attempt)))  # noqa: S311 - not a secret
