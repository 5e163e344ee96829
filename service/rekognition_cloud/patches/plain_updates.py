"""Updates that set, count and remove whole attributes, without moto's tree of the expression."""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.comparisons import create_condition_expression_parser
from moto.dynamodb.exceptions import ConditionalCheckFailed, ProvidedKeyDoesNotExist
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoResult, validate_attributes_used

_REMEMBERED = 1000
"""A program has few expressions, since names and values are not part of them."""

_WORD = re.compile(r"\s*(?:([#:][A-Za-z0-9_]+|[A-Za-z_]+|[(),=+-])|$)")

_LARGEST_ITEM = 405_000
"""Bytes, as moto has it."""

_Values = Mapping[str, dict[str, Any]]
_Term = Callable[[Mapping[str, Any], Mapping[str, str], _Values], Any]
"""Makes a value of an item's attributes, the names and the values of a request."""


class _NotPlainError(Exception):
    """Only moto can do, or refuse, what this expression or this request asks for."""


class _Plan:
    """What an expression does: to each attribute at most one thing."""

    def __init__(self) -> None:
        self.sets: list[tuple[str, _Term]] = []
        self.removes: list[str] = []
        self.names: set[str] = set()
        self.values: set[str] = set()

    def changes(
        self, attributes: Mapping[str, Any], table: Any, names: Mapping[str, str], values: _Values
    ) -> dict[str, Any]:
        """The attributes as they will be. All that is read is read before anything is written. Raises _NotPlainError
        for what moto refuses, too.
        """
        try:
            targets = [names[name] for name in (*(name for name, _ in self.sets), *self.removes)]
            made = [term(attributes, names, values) for _, term in self.sets]
        except KeyError:
            raise _NotPlainError from None
        if len(set(targets)) < len(targets) or not set(targets).isdisjoint(table.table_key_attrs):
            raise _NotPlainError
        changed = {**attributes, **dict(zip(targets, made, strict=False))}
        for name in targets[len(made) :]:
            changed.pop(name, None)
        for defined in table.attr:
            value = changed.get(defined["AttributeName"])
            if value is not None and (value.type != defined["AttributeType"] or value.value == ""):
                raise _NotPlainError
        if sum(len(name.encode()) + value.size() for name, value in changed.items()) > _LARGEST_ITEM:
            raise _NotPlainError
        return changed


def is_plain(expression: str) -> bool:
    """Whether moto is not needed for an update with this expression, if nothing about it is to be refused."""
    return _plan_of(expression) is not None


def patch_plain_updates() -> None:
    """Fault: for each update the tree of its expression is copied and gone through ten times, and the item is copied
    twice: a third of all the time of a busy deployment. Whatever is not plain, and whatever is refused, is left to
    moto.
    """
    _patch_backend()
    _patch_answer()


def _patch_backend() -> None:
    update = DynamoDBBackend.update_item

    def update_item(self: Any, table_name: str, key: Any, update_expression: str, **more: Any) -> Any:
        table = self.get_table(table_name)
        plan = _plan_of(update_expression)
        alone = not more.get("attribute_updates") and not more.get("expected") and table.stream_shard is None
        if plan is None or not alone or set(key) != set(table.table_key_attrs):
            return update(self, table_name, key, update_expression, **more)
        names = more.get("expression_attribute_names") or {}
        values = more.get("expression_attribute_values") or {}
        hash_key, range_key = self.get_keys_value(table, key)
        item = table.get_item(hash_key, range_key)
        condition = create_condition_expression_parser(more.get("condition_expression"), names, values).parse()
        if not condition.expr(item):
            if more.get("return_values_on_condition_check_failure") == "ALL_OLD" and item is not None:
                raise ConditionalCheckFailed(item=item.to_json()["Attributes"])
            raise ConditionalCheckFailed
        try:
            attributes = {name: DynamoType(value) for name, value in key.items()} if item is None else item.attrs
            changed = plan.changes(attributes, table, names, values)
        except _NotPlainError:
            return update(self, table_name, key, update_expression, **more)
        if item is None:
            table.put_item(dict(key))
            item = table.get_item(hash_key, range_key)
        dict.clear(item.attrs)
        dict.update(item.attrs, changed)
        return item

    DynamoDBBackend.update_item = update_item


def _patch_answer() -> None:
    update = responses.DynamoHandler.update_item

    def update_item(self: Any) -> Any:
        body = self.body
        plan = _plan_of((body.get("UpdateExpression") or "").strip())
        returned = body.get("ReturnValues", "NONE")
        if plan is None or returned not in {"NONE", "ALL_NEW"} or "Expected" in body or "AttributeUpdates" in body:
            return update(self)
        table = self.dynamodb_backend.get_table(body["TableName"])
        if not all(name in table.attribute_keys for name in body["Key"]):
            raise ProvidedKeyDoesNotExist
        names, values = body.get("ExpressionAttributeNames", {}), self._get_expr_attr_values()
        condition = create_condition_expression_parser(body.get("ConditionExpression"), names, values)
        condition.parse()
        validate_attributes_used(names, [*plan.names, *condition.expr_attr_names_found])
        validate_attributes_used(values, [*plan.values, *condition.expr_attr_values_found], "Values")
        item = self.dynamodb_backend.update_item(
            body["TableName"],
            body["Key"],
            update_expression=body["UpdateExpression"].strip(),
            expression_attribute_names=names,
            expression_attribute_values=values,
            condition_expression=body.get("ConditionExpression"),
            return_values_on_condition_check_failure=body.get("ReturnValuesOnConditionCheckFailure"),
        )
        attributes = item.to_json() if returned == "ALL_NEW" else {}
        return DynamoResult(attributes | {"ConsumedCapacity": {"TableName": body["TableName"], "CapacityUnits": 0.5}})

    responses.DynamoHandler.update_item = update_item


@lru_cache(_REMEMBERED)
def _plan_of(expression: str) -> _Plan | None:
    try:
        return _Reader(expression).plan()
    except _NotPlainError:
        return None


class _Reader:
    """Reads an expression word by word. Raises _NotPlainError for what it does not know."""

    def __init__(self, expression: str) -> None:
        self._words = list(_words(expression))
        self._plan = _Plan()

    def plan(self) -> _Plan:
        clauses = {"SET": self._set, "REMOVE": self._remove, "ADD": self._add}
        if not self._words:
            raise _NotPlainError
        while self._words:
            # Each of them once at most.
            action = clauses.pop(self._next(), None)
            if action is None:
                raise _NotPlainError
            action()
            while self._words and self._words[0] == ",":
                self._next()
                action()
        return self._plan

    def _set(self) -> None:
        name = self._name()
        self._expect("=")
        term = self._operand()
        if self._words and self._words[0] in {"+", "-"}:
            sign = self._next()
            term = _sum(term, self._operand(), minus=sign == "-")
        self._plan.sets.append((name, term))

    def _remove(self) -> None:
        self._plan.removes.append(self._name())

    def _add(self) -> None:
        name = self._name()
        self._plan.sets.append((name, _sum(_attribute(name, or_else=_zero), self._value(), minus=False)))

    def _operand(self) -> _Term:
        if not self._words:
            raise _NotPlainError
        if self._words[0] != "if_not_exists":
            return self._attribute_or_value()
        self._next()
        self._expect("(")
        name = self._name()
        self._expect(",")
        or_else = self._attribute_or_value()
        self._expect(")")
        return _attribute(name, or_else=or_else)

    def _attribute_or_value(self) -> _Term:
        if self._words and self._words[0].startswith("#"):
            return _attribute(self._name())
        return self._value()

    def _name(self) -> str:
        name = self._next()
        if not name.startswith("#"):
            raise _NotPlainError
        self._plan.names.add(name)
        return name

    def _value(self) -> _Term:
        value = self._next()
        if not value.startswith(":"):
            raise _NotPlainError
        self._plan.values.add(value)
        return lambda _attributes, _names, values: DynamoType(values[value])

    def _expect(self, word: str) -> None:
        if self._next() != word:
            raise _NotPlainError

    def _next(self) -> str:
        if not self._words:
            raise _NotPlainError
        return self._words.pop(0)


def _words(expression: str) -> Iterator[str]:
    place = 0
    while place < len(expression):
        found = _WORD.match(expression, place)
        if found is None:
            raise _NotPlainError
        if found[1] is not None:
            yield found[1]
        place = found.end()


def _attribute(name: str, *, or_else: _Term | None = None) -> _Term:
    """An attribute of the item as it is. Raises KeyError where there is none and nothing to take instead."""

    def term(attributes: Mapping[str, Any], names: Mapping[str, str], values: _Values) -> Any:
        if or_else is not None and names[name] not in attributes:
            return or_else(attributes, names, values)
        return copy.deepcopy(attributes[names[name]])

    return term


def _zero(_attributes: Mapping[str, Any], _names: Mapping[str, str], _values: _Values) -> Any:
    return DynamoType({"N": "0"})


def _sum(left: _Term, right: _Term, *, minus: bool) -> _Term:
    def term(attributes: Mapping[str, Any], names: Mapping[str, str], values: _Values) -> Any:
        first, second = left(attributes, names, values), right(attributes, names, values)
        if not (first.is_number() and second.is_number()):
            raise _NotPlainError
        return first - second if minus else first + second

    return term
