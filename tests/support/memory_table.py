"""A table that keeps its rows in memory, and holds the conditions that the stores write to it.

With it the real stores run without a cloud: what they refuse, the table refuses by their own expressions. What is left
out is DynamoDB itself: its limits, its conflicts, and that its indexes lag.
"""

import re
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import cache
from types import CodeType
from typing import Any, cast

from reelsift.aws.items import pack, unpack
from reelsift.aws.schema import TABLES, Key, TableName
from reelsift.aws.table import ConditionFailed, Item, Part, Table, TransactionRefused

Row = dict[str, Any]


class MemoryTable(Table):
    """`name` is that of the schema, such as `jobs`."""

    def __init__(self, name: TableName) -> None:
        self.name = name
        self.rows: dict[tuple[Any, ...], Row] = {}
        self.failure: Exception | None = None
        """What every query and every scan raises."""
        self._schema = TABLES[name]

    async def get(self, key: Mapping[str, Any], *, consistent: bool = True) -> Row | None:
        assert consistent in {True, False}
        row = self.rows.get(self._key(key))
        return None if row is None else dict(row)

    async def get_many(self, keys: Sequence[Mapping[str, Any]]) -> list[Row]:
        return [dict(self.rows[self._key(key)]) for key in keys if self._key(key) in self.rows]

    async def put(self, item: Mapping[str, Any], condition: str | None = None, **values: Any) -> None:
        self._write(self.transact_put(item, condition, **values))

    async def update(
        self, key: Mapping[str, Any], /, expression: str, condition: str | None = None, **values: Any
    ) -> None:
        self._write(self.transact_update(key, expression, condition, **values))

    async def update_and_read(
        self, key: Mapping[str, Any], expression: str, condition: str | None = None, **values: Any
    ) -> Row:
        self._write(self.transact_update(key, expression, condition, **values))
        return dict(self.rows[self._key(key)])

    async def delete(self, key: Mapping[str, Any], condition: str, **values: Any) -> None:
        self._write(self.transact_delete(key, condition, **values))

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
    ) -> AsyncIterator[Row]:
        if self.failure is not None:
            raise self.failure
        key = self._schema.key if index is None else self._schema.indexes[index]
        indexed = (row for row in self.rows.values() if all(name in row for name, _ in key.attributes))
        found = list(filter(_condition(condition, values), indexed))
        found.sort(key=lambda row: (_sort_key(row, key), self._key(row)), reverse=backwards)
        if behind is not None:
            place = _sort_key(behind, key), self._key(behind)
            places = [((_sort_key(row, key), self._key(row)), row) for row in found]
            found = [row for at, row in places if (at < place if backwards else at > place)]
        passes = _condition(filter_expression, values)
        for row in found[:limit]:
            if passes(row):
                yield _projected(row, attributes)

    async def count(self, condition: str, *, index: str, at_most: int | None = None, **values: Any) -> int:
        return len([row async for row in self.query(condition, index=index, limit=at_most, **values)])

    async def has_rows(self, index: str) -> bool:
        return bool([row async for row in self.scan(index=index)])

    async def scan(
        self,
        *,
        index: str | None = None,
        filter_expression: str | None = None,
        attributes: Sequence[str] = (),
        after: Mapping[str, Any] | None = None,
        segment: tuple[int, int] | None = None,
        **values: Any,
    ) -> AsyncIterator[Row]:
        if self.failure is not None:
            raise self.failure
        number, of = segment or (0, 1)
        keys = [key for key in self.rows if zlib.crc32(str(key[0]).encode()) % of == number]
        first = 0 if after is None else keys.index(self._key(after)) + 1
        indexed = (self._schema.key if index is None else self._schema.indexes[index]).attributes
        passes = _condition(filter_expression, values)
        for row in [self.rows[key] for key in keys[first:]]:
            if all(name in row for name, _ in indexed) and passes(row):
                yield _projected(row, attributes)

    async def scan_page(
        self, *, part: int, parts: int, limit: int, after: Mapping[str, Any] | None = None
    ) -> tuple[list[Row], Mapping[str, Any] | None]:
        if self.failure is not None:
            raise self.failure
        keys = sorted(key for key in self.rows if zlib.crc32(str(key[0]).encode()) % parts == part)
        left = [key for key in keys if after is None or key > self._key(after)]
        rows = [dict(self.rows[key]) for key in left[:limit]]
        names = [name for name, _ in self._schema.key.attributes]
        return rows, {name: rows[-1][name] for name in names} if len(left) > limit else None

    async def write_many(
        self, puts: Sequence[Mapping[str, Any]] = (), deletes: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        for item in puts:
            self._write(self.transact_put(item))
        for key in deletes:
            self.rows.pop(self._key(key), None)

    def transact_put(self, item: Mapping[str, Any], condition: str | None = None, **values: Any) -> Item:
        row = unpack(pack(item))
        return {"table": self, "key": self._key(row), "condition": condition, "values": values, "put": row}

    def transact_update(
        self, key: Mapping[str, Any], /, expression: str, condition: str | None = None, **values: Any
    ) -> Item:
        update = {"key": dict(key), "expression": expression}
        return {"table": self, "key": self._key(key), "condition": condition, "values": values, "update": update}

    def transact_delete(self, key: Mapping[str, Any], condition: str, **values: Any) -> Item:
        return {"table": self, "key": self._key(key), "condition": condition, "values": values}

    def transact_check(self, key: Mapping[str, Any], /, condition: str, **values: Any) -> Item:
        return {"table": self, "key": self._key(key), "condition": condition, "values": values, "check": True}

    async def transact(self, parts: Mapping[Any, Item]) -> None:
        assert len({(item["table"].name, item["key"]) for item in parts.values()}) == len(parts), "one write a row"
        refused: list[Part] = [part for part, item in parts.items() if not item["table"].allows(item)]
        if refused:
            raise TransactionRefused(refused)
        for item in parts.values():
            item["table"].apply(item)

    def allows(self, item: Item) -> bool:
        """Whether the row is as a write relies on."""
        return _condition(item["condition"], item["values"])(self.rows.get(item["key"], {}))

    def apply(self, item: Item) -> None:
        """Do a write."""
        if "check" in item:
            return
        if "put" in item:
            self.rows[item["key"]] = item["put"]
        elif "update" in item:
            row = dict(self.rows.get(item["key"], item["update"]["key"]))
            _update(row, item["update"]["expression"], item["values"])
            self.rows[item["key"]] = row
        else:
            self.rows.pop(item["key"], None)

    def _write(self, item: Item) -> None:
        if not self.allows(item):
            raise ConditionFailed(self.name)
        self.apply(item)

    def _key(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name, _ in self._schema.key.attributes)


class _Missing:
    """An attribute that is not there: no comparison with it holds."""

    def __lt__(self, other: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]

    def startswith(self, _: str) -> bool:
        return False


_MISSING = _Missing()

_WORDS = ((" AND ", " and "), (" OR ", " or "), (" IN ", " in "), ("<>", "!="))


def _condition(expression: str | None, values: Mapping[str, Any]) -> Callable[[Row], bool]:
    """Whether it holds of a row; without one, of every row."""
    if expression is None:
        return lambda _: True
    code = _code(expression)
    names = {"__builtins__": {}, "values": unpack(pack(values)), "missing": _MISSING}
    return lambda row: bool(eval(code, names, {"row": row}))  # noqa: S307 - ours


@cache
def _code(expression: str) -> CodeType:
    """A condition in Python. The subset of DynamoDB's language that the stores use."""
    text = re.sub(r"attribute_not_exists\(#(\w+)\)", r"('\1' not in row)", expression)
    text = re.sub(r"attribute_exists\(#(\w+)\)", r"('\1' in row)", text)
    text = re.sub(r"begins_with\(#(\w+), :(\w+)\)", r"row.get('\1', missing).startswith(values['\2'])", text)
    text = re.sub(r"#(\w+)\.#(\w+)", r"row.get('\1', {}).get('\2', missing)", text)
    text = re.sub(
        r"#(\w+) BETWEEN :(\w+) AND :(\w+)", r"(values['\2'] <= row.get('\1', missing) <= values['\3'])", text
    )
    text = re.sub(r"#(\w+)", r"row.get('\1', missing)", text)
    text = re.sub(r":(\w+)", r"values['\1']", text)
    text = re.sub(r"(?<![<>=])=(?!=)", "==", text)
    text = re.sub(r" IN \(([^()]*)\)", r" IN (\1,)", text)
    for ours, pythons in _WORDS:
        text = text.replace(ours, pythons)
    return compile(text, expression, "eval")


def _update(row: Row, expression: str, values: Mapping[str, Any]) -> None:
    plain = unpack(pack(values))
    for kind, name, value in _steps(expression):
        if kind == "REMOVE":
            row.pop(name, None)
        elif kind == "SET":
            row[name] = plain[value]
        else:
            row[name] = row.get(name, 0) + plain[value]


@cache
def _steps(expression: str) -> tuple[tuple[str, str, str], ...]:
    """What an update does: SET, ADD or REMOVE, of which attribute, with which value."""
    steps = []
    clauses = re.split(r"\b(SET|REMOVE|ADD)\b", expression)[1:]
    for kind, clause in zip(clauses[::2], clauses[1::2], strict=True):
        for part in clause.split(","):
            assert kind != "SET" or re.fullmatch(r"\s*#\w+ = :\w+\s*", part), part
            name, value = [*re.findall(r"[#:](\w+)", part), ""][:2]
            steps.append((kind, name, value))
    return tuple(steps)


def _sort_key(row: Mapping[str, Any], key: Key) -> Any:
    return cast("Any", tuple(row[name] for name, _ in key.attributes))


def _projected(row: Row, attributes: Sequence[str]) -> Row:
    return {name: value for name, value in row.items() if not attributes or name in attributes}
