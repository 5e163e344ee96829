"""Tables and their indexes."""

from collections.abc import Callable

from rekognition_cloud.iam.api_call import ApiCall
from rekognition_cloud.iam.leading_keys import leading_keys
from rekognition_cloud.iam.operations import encryption
from rekognition_cloud.iam.rule import Keys, Operations, Rule


def _arn(call: ApiCall, name: str) -> str:
    return name if name.startswith("arn:") else call.arn("dynamodb", f"table/{name}")


def _table(call: ApiCall) -> list[str]:
    return [_arn(call, call.text("TableName"))]


def _table_or_index(call: ApiCall) -> list[str]:
    """A query of an index is allowed by the index's ARN, not by the table's."""
    index = call.text("IndexName")
    return [f"{table}/index/{index}" if index else table for table in _table(call)]


def _tables_in_batch(call: ApiCall) -> list[str]:
    return sorted(_arn(call, name) for name in call.parameters["RequestItems"])


def _tables_of(kind: str) -> Callable[[ApiCall], list[str]]:
    """The tables of a transaction's items of one kind: a transaction has no action of its own."""

    def tables(call: ApiCall) -> list[str]:
        items = [entry[kind] for entry in call.parameters["TransactItems"] if kind in entry]
        return sorted({_arn(call, item["TableName"]) for item in items})

    return tables


def _enclosed(call: ApiCall) -> Keys:
    return {"dynamodb:enclosingoperation": call.operation.name, **leading_keys(call)}


def _tables_in_transaction(call: ApiCall) -> list[str]:
    parts = [part for entry in call.parameters["TransactItems"] for part in entry.values()]
    return sorted({_arn(call, part["TableName"]) for part in parts})


def _on_table(operation: str) -> tuple[Rule, ...]:
    return (Rule(f"dynamodb:{operation}", _table, leading_keys),)


def _decrypting(tables: Callable[[ApiCall], list[str]]) -> Rule:
    """A table's rows are read and written under its key."""
    return encryption.for_tables("kms:Decrypt", encryption.of_tables(tables))


_ITEM = ("DeleteItem", "GetItem", "PutItem", "UpdateItem")


DYNAMODB: Operations = {
    **{
        operation: _on_table(operation)
        for operation in (
            "CreateTable",
            "DeleteTable",
            "DescribeContinuousBackups",
            "DescribeTable",
            "DescribeTimeToLive",
            "UpdateTable",
        )
    },
    **{operation: (*_on_table(operation), _decrypting(_table)) for operation in _ITEM},
    "Query": (Rule("dynamodb:Query", _table_or_index, leading_keys), _decrypting(_table)),
    "Scan": (Rule("dynamodb:Scan", _table_or_index), _decrypting(_table)),
    "ListTables": (Rule("dynamodb:ListTables"),),
    "BatchGetItem": (Rule("dynamodb:BatchGetItem", _tables_in_batch, leading_keys), _decrypting(_tables_in_batch)),
    "BatchWriteItem": (
        Rule("dynamodb:BatchWriteItem", _tables_in_batch, leading_keys),
        _decrypting(_tables_in_batch),
    ),
    "TransactWriteItems": (
        Rule("dynamodb:PutItem", _tables_of("Put"), _enclosed),
        Rule("dynamodb:UpdateItem", _tables_of("Update"), _enclosed),
        Rule("dynamodb:DeleteItem", _tables_of("Delete"), _enclosed),
        Rule("dynamodb:ConditionCheckItem", _tables_of("ConditionCheck"), _enclosed),
        _decrypting(_tables_in_transaction),
    ),
    "TransactGetItems": (
        Rule("dynamodb:GetItem", _tables_of("Get"), _enclosed),
        _decrypting(_tables_in_transaction),
    ),
}
