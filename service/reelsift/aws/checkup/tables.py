"""The tables: their keys and indexes are what the queries rely on."""

from collections.abc import AsyncIterator
from typing import Any

from reelsift.aws.checkup.finding import Finding, Grade, guarded
from reelsift.aws.clients import Clients
from reelsift.aws.schema import TABLES, Key, TableSchema
from reelsift.settings import Settings

_MISSING = "check REELSIFT_DEPLOYMENT and the region, or deploy first"


async def check_tables(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    for table, schema in TABLES.items():
        name = settings.table_name(table)
        yield await guarded(f"table {name}", _check(clients, name, schema), missing=_MISSING)


async def _check(clients: Clients, name: str, schema: TableSchema) -> Finding:
    subject = f"table {name}"
    described: Any = (await clients.dynamodb.describe_table(TableName=name))["Table"]
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in described["AttributeDefinitions"]}
    if _key(described, types) != schema.key.attributes:
        return Finding(
            subject, Grade.BROKEN, f"its key is not {_words(schema.key)}", "it is of another make: deploy to a new name"
        )
    indexes = {index["IndexName"]: index for index in described.get("GlobalSecondaryIndexes", [])}
    for index, key in schema.indexes.items():
        if index not in indexes or _key(indexes[index], types) != key.attributes:
            return Finding(subject, Grade.BROKEN, f"has no index {index} on {_words(key)}", "deploy again")
        if indexes[index].get("IndexStatus", "ACTIVE") != "ACTIVE":
            return Finding(subject, Grade.WARNING, f"index {index} is {indexes[index]['IndexStatus']}", "wait for it")
    if described["TableStatus"] not in {"ACTIVE", "UPDATING"}:
        return Finding(subject, Grade.BROKEN, f"is {described['TableStatus']}", "wait for it, or deploy again")
    return Finding(subject, Grade.OK, "there, with its " + _count(len(schema.indexes)))


def _key(described: Any, types: dict[str, str]) -> list[tuple[str, str]]:
    parts = sorted(described["KeySchema"], key=lambda part: part["KeyType"])
    return [(part["AttributeName"], types[part["AttributeName"]]) for part in parts]


def _words(key: Key) -> str:
    return ", ".join(f"{name} ({type_})" for name, type_ in key.attributes)


def _count(indexes: int) -> str:
    return {0: "key", 1: "key and index"}.get(indexes, f"key and {indexes} indexes")
