"""Tables: conditional writes and transactions under many threads, and the speed of scans."""

import copy
import inspect
import json
import threading
import time
from typing import Any

from moto.dynamodb import exceptions, responses
from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from rekognition_cloud.patches.dynamodb_queries import Narrowed, kept_write, of_index
from rekognition_cloud.patches.key_sizes import patch_key_sizes

_LARGEST_WRITE_BATCH = 25
_LARGEST_TRANSACTION = 100
# "A client request token is valid for 10 minutes after the first request that uses it is completed."
_TOKEN_SECONDS = 600


def patch_dynamodb() -> None:
    patch_transactions()
    patch_transaction_tokens()
    patch_scans()
    patch_batch_size()
    patch_key_sizes()
    patch_atomicity()


def patch_atomicity() -> None:
    """Fault: nothing keeps other threads out between the check of a condition and the write, and answers are written
    from items that others are changing. DynamoDB guarantees one request at a time for an item.
    """
    call_action = responses.DynamoHandler.call_action
    lock = threading.RLock()

    def one_at_a_time(self: Any) -> Any:
        with lock:
            return call_action(self)

    responses.DynamoHandler.call_action = one_at_a_time


def patch_transactions() -> None:
    """Faults: a transaction copies every table it touches, item by item; a cancelled one restores these copies, and so
    undoes what others have written meanwhile; a condition sees earlier writes of its own transaction.
    """

    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        if len(transact_items) > _LARGEST_TRANSACTION:
            raise exceptions.TooManyTransactionsException
        writes = [_Write(self, entry) for entry in transact_items]
        if len({write.target for write in writes}) < len(writes):
            raise exceptions.MultipleTransactionsException
        reasons = [write.refusal() for write in writes]
        done: list[_Write] = []
        try:
            for write in writes if not any(code for code, _, _ in reasons) else ():
                done.append(write)
                write.apply()
        except Exception as broken:
            for write in reversed(done):
                write.undo()
            if isinstance(broken, exceptions.MockValidationException):
                raise
            reasons[len(done) - 1] = (type(broken).__name__, str(broken), None)
        if any(code for code, _, _ in reasons):
            raise exceptions.TransactionCanceledException(reasons)

    DynamoDBBackend.transact_write_items = transact_write_items


class _Write:
    """One entry of a transaction."""

    def __init__(self, backend: Any, entry: dict[str, Any]) -> None:
        if len(entry) != 1:
            raise exceptions.TransactWriteSingleOpException
        self._backend = backend
        (self._kind, self._entry) = next(iter(entry.items()))
        self._table = backend.get_table(self._entry["TableName"])
        given = self._entry["Item"] if self._kind == "Put" else self._entry["Key"]
        names = [name for name in (self._table.hash_key_attr, self._table.range_key_attr) if name]
        self._key = {name: given[name] for name in names if name in given}
        self.target = (self._table.name, json.dumps(self._key, sort_keys=True, default=str))
        self._before: Any = None

    def refusal(self) -> tuple[str | None, str | None, dict[str, Any] | None]:
        """Code, message and, where asked for, the item as it is; three times None where the condition holds."""
        current = self._backend.get_item(self._table.name, self._key)
        condition = get_filter_expression(
            self._entry.get("ConditionExpression"),
            self._entry.get("ExpressionAttributeNames"),
            self._entry.get("ExpressionAttributeValues"),
        )
        if condition.expr(current):
            return None, None, None
        wanted = self._entry.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and current is not None
        item = current.to_json()["Attributes"] if wanted else None
        return "ConditionalCheckFailed", exceptions.ConditionalCheckFailed().message, item

    def apply(self) -> None:
        self._before = copy.deepcopy(self._backend.get_item(self._table.name, self._key))
        if self._kind == "Put":
            self._backend.put_item(self._table.name, self._entry["Item"])
        elif self._kind == "Delete":
            self._backend.delete_item(self._table.name, self._key)
        elif self._kind == "Update":
            self._backend.update_item(
                self._table.name,
                self._key,
                update_expression=self._entry["UpdateExpression"],
                expression_attribute_names=self._entry.get("ExpressionAttributeNames"),
                expression_attribute_values=self._entry.get("ExpressionAttributeValues"),
            )

    def undo(self) -> None:
        if self._before is None:
            self._table.delete_item(*self._backend.get_keys_value(self._table, self._key))
            return
        if self._table.has_range_key:
            self._table.items[self._before.hash_key][self._before.range_key] = self._before
        else:
            self._table.items[self._before.hash_key] = self._before
        kept_write(self._table, self._before.hash_key, self._before.range_key)


def patch_transaction_tokens() -> None:
    """Fault: moto ignores the ClientRequestToken of TransactWriteItems, so a request that botocore repeats after a lost
    answer is applied twice or fails on its own conditions.
    """
    transact = responses.DynamoHandler.transact_write_items
    seen: dict[tuple[str, str, str], tuple[float, str]] = {}

    def transact_write_items(self: Any) -> Any:
        token = self.body.get("ClientRequestToken")
        if token is None:
            return transact(self)
        now = time.time()
        for old in [known for known, (when, _) in seen.items() if now - when > _TOKEN_SECONDS]:
            del seen[old]
        place = (self.current_account, self.region, token)
        items = json.dumps(self.body["TransactItems"], sort_keys=True, default=str)
        if place in seen and seen[place][1] != items:
            raise _IdempotentParameterMismatchError
        if place in seen:
            return responses.ActionResult({"ConsumedCapacity": [], "ItemCollectionMetrics": {}})
        answer = transact(self)
        seen[place] = (now, items)
        return answer

    responses.DynamoHandler.transact_write_items = transact_write_items


class _IdempotentParameterMismatchError(exceptions.DynamodbException):  # type: ignore[misc]  # moto publishes no types
    def __init__(self) -> None:
        super().__init__(
            f"{exceptions.ERROR_TYPE_PREFIX}IdempotentParameterMismatchException",
            "Request was rejected because it uses a client token that has been used before with another input.",
        )


def patch_scans() -> None:
    """Faults: each page of a scan sorts the whole table, comparing item with item, and then walks to its beginning; the
    scan of an index looks at the whole table.
    """
    scan = Table.scan
    signature = inspect.signature(scan)

    def scan_from(self: Any, *arguments: Any, **named: Any) -> Any:
        asked = signature.bind(self, *arguments, **named)
        index_name = asked.arguments.get("index_name")
        if index_name is not None and any(index.name == index_name for index in self.all_indexes()):
            asked.arguments["self"] = of_index(self, index_name)
        if index_name is not None:
            return scan(*asked.args, **asked.kwargs)
        after = asked.arguments.get("exclusive_start_key")
        asked.arguments["exclusive_start_key"] = None
        asked.arguments["self"] = Narrowed(self, _items_after(self, after))
        return scan(*asked.args, **asked.kwargs)

    Table.scan = scan_from


def _items_after(table: Any, key: dict[str, Any] | None) -> list[Any]:
    """The items of a table after this key, in the order of their keys."""
    items = {
        (partition_key.cast_value, sort_key): item
        for partition_key, partition in table.items.items()
        for sort_key, item in (
            ((found.range_key.cast_value, found) for found in partition.values())
            if table.has_range_key
            else [("", partition)]
        )
    }
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    place = [DynamoType(key[name]).cast_value for name in names] if key else None
    return [items[known] for known in sorted(items) if place is None or known > tuple([*place, ""][:2])]


def patch_batch_size() -> None:
    """Fault: BatchWriteItem takes any number of writes; DynamoDB takes 25."""
    batch_write = responses.DynamoHandler.batch_write_item

    def batch_write_item(self: Any) -> Any:
        size = sum(len(writes) for writes in self.body["RequestItems"].values())
        if size > _LARGEST_WRITE_BATCH:
            raise exceptions.MockValidationException(
                "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Map value must "
                f"satisfy constraint: [Member must have length less than or equal to {_LARGEST_WRITE_BATCH}]"
            )
        return batch_write(self)

    responses.DynamoHandler.batch_write_item = batch_write_item
