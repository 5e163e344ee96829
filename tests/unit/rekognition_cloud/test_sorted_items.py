"""A query reads what it answers, and answers what moto itself would."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekognition_cloud.patches import patch_moto
from support.thoroughness import examples

ACCOUNT, REGION = "123456789012", "eu-south-1"

KINDS = {"p": "S", "s": "S", "queue": "S", "due": "N", "rank": "S"}
INDEXES = {
    "waiting": ("queue", "rank"),
    "due": ("queue", "due"),
    "by_queue": ("queue",),
    "by_sort": ("s", "p"),
}


def _schema(names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]


def _index(name: str, projection: dict[str, Any] | None = None) -> dict[str, Any]:
    keys = _schema(INDEXES[name])
    return {"IndexName": name, "KeySchema": keys, "Projection": projection or {"ProjectionType": "ALL"}}


@dataclass
class Store:
    """A table of moto's, under the patches."""

    sorted: bool = True
    name: str = "table"
    backend: Any = field(init=False)

    def __post_init__(self) -> None:
        patch_moto()
        from moto.dynamodb.models import DynamoDBBackend

        self.backend = DynamoDBBackend(REGION, ACCOUNT)
        self.backend.create_table(
            self.name,
            schema=_schema(("p", "s")[: 1 + self.sorted]),
            throughput=None,
            attr=[{"AttributeName": name, "AttributeType": kind} for name, kind in KINDS.items()],
            global_indexes=[
                _index("waiting"),
                _index("due", {"ProjectionType": "KEYS_ONLY"}),
                _index("by_queue", {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["rank"]}),
            ],
            indexes=None,
            streams=None,
            billing_mode="PAY_PER_REQUEST",
            sse_specification=None,
            tags=[],
            deletion_protection_enabled=False,
            warm_throughput=None,
        )

    def key(self, item: dict[str, Any]) -> dict[str, Any]:
        return {name: item[name] for name in ("p", "s")[: 1 + self.sorted]}

    def query(self, index: str | None, **asked: Any) -> tuple[Any, ...]:
        """The answer of the patched table, after it was compared with moto's own."""
        table = self.backend.get_table(self.name)
        answers = [_answer(table, query, index, asked) for query in (type(table).query, type(table).query.__wrapped__)]
        assert answers[0] == answers[1]
        return answers[0]

    def read_by(self, index: str | None, **asked: Any) -> int:
        """How many items a query touches."""
        table = self.backend.get_table(self.name)
        touched: set[int] = set()
        size = _item_class().size

        def counted(item: Any) -> Any:
            touched.add(id(item))
            return size(item)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_item_class(), "size", counted)
            _answer(table, type(table).query, index, asked)
        return len(touched)


def _item_class() -> Any:
    from moto.dynamodb.models.dynamo_type import Item

    return Item


def _answer(table: Any, query: Callable[..., Any], index: str | None, asked: dict[str, Any]) -> tuple[Any, ...]:
    from moto.dynamodb.models.dynamo_type import DynamoType

    names = INDEXES[index] if index else tuple(table.table_key_attrs)
    hash_key = DynamoType({KINDS[names[0]]: asked["partition"]})
    comparison, values = asked.get("condition", (None, []))
    values = [DynamoType({KINDS[names[1]]: value}) for value in values]
    found, scanned, last = query(
        table,
        hash_key,
        comparison,
        values,
        asked.get("limit"),
        asked.get("after"),
        asked.get("forward", True),
        None,
        index_name=index,
        hash_key_conditions=[(names[0], hash_key)],
        range_key_conditions=[(names[1], comparison, values)] if comparison else [],
    )
    place = None if last is None else {name: value.to_json() for name, value in last.items()}
    return [item.to_json()["Attributes"] for item in found], scanned, place


# Few values, so that keys are tied, written over and taken away.
names = st.sampled_from(["", "a", "ab", "b", "é"]).map(lambda name: f"k{name}")
numbers = st.sampled_from(["0", "1", "1.0", "-2", "10"])
items = st.fixed_dictionaries(
    {"p": names.map(lambda v: {"S": v}), "s": names.map(lambda v: {"S": v})},
    optional={
        "queue": names.map(lambda v: {"S": v}),
        "due": numbers.map(lambda v: {"N": v}),
        "rank": names.map(lambda v: {"S": v}),
        "other": st.just({"S": "x" * 20}),
    },
)
writes = st.tuples(st.sampled_from(["put", "delete", "update", "remove", "transact", "cancelled", "spoilt"]), items)


def write(store: Store, kind: str, item: dict[str, Any]) -> None:
    key = store.key(item)
    rest = {name: value for name, value in item.items() if name not in key}
    put = {"Put": {"TableName": store.name, "Item": item}}
    if kind == "put":
        store.backend.put_item(store.name, item)
    elif kind == "delete":
        store.backend.delete_item(store.name, key)
    elif kind == "update" and rest:
        update(store, key, "SET " + ", ".join(f"#{name} = :{name}" for name in rest), rest)
    elif kind == "remove" and rest:
        update(store, key, "REMOVE " + ", ".join(f"#{name}" for name in rest), rest, valued=False)
    elif kind == "transact":
        other = store.key(item) | {"p": {"S": item["p"]["S"] + "!"}}
        removal = {"Delete": {"TableName": store.name, "Key": other}}
        store.backend.transact_write_items([put, removal])
    elif kind == "cancelled":
        # The first part is undone, since the second cannot be done.
        other = {"TableName": store.name, "Key": key | {"p": {"S": item["p"]["S"] + "!"}}}
        broken = {"Update": other | {"UpdateExpression": "SET other = no_such + :one", **values({"one": {"N": "1"}})}}
        with pytest.raises(Exception, match=r".+"):
            store.backend.transact_write_items([put, broken])
    elif kind == "spoilt":
        large = {"rank": item.get("rank", {"S": "k"}), "zoo": {"S": "x" * 410_000}}
        with pytest.raises(Exception, match=r"size"):
            update(store, key, "SET #rank = :rank, #zoo = :zoo", large)


def values(given: dict[str, Any]) -> dict[str, Any]:
    return {"ExpressionAttributeValues": {f":{name}": value for name, value in given.items()}}


def update(store: Store, key: Any, expression: str, given: dict[str, Any], *, valued: bool = True) -> None:
    store.backend.update_item(
        store.name,
        key,
        update_expression=expression,
        expression_attribute_names={f"#{name}": name for name in given},
        expression_attribute_values={f":{name}": value for name, value in given.items()} if valued else {},
    )


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    index = draw(st.sampled_from([None, "waiting", "due", "by_queue"]))
    asked: dict[str, Any] = {"index": index, "partition": draw(names), "forward": draw(st.booleans())}
    asked["limit"] = draw(st.none() | st.integers(1, 4))
    kind = KINDS[(INDEXES[index] if index else ("p", "s"))[-1]]
    if index != "by_queue":
        some = names if kind == "S" else numbers
        simple = st.tuples(st.sampled_from(["=", "<", "<=", ">", ">="]), some.map(lambda value: [value]))
        between = st.tuples(st.just("BETWEEN"), st.lists(some, min_size=2, max_size=2))
        begins = st.tuples(st.just("BEGINS_WITH"), some.map(lambda value: [value]))
        asked["condition"] = draw(simple | between | begins if kind == "S" else simple | between | st.just((None, [])))
    return asked


def paged(store: Store, index: str | None, **asked: Any) -> list[Any]:
    """All pages, each compared with moto's."""
    found, after = [], None
    while True:
        page, _, after = store.query(index, **asked, after=after)
        found += page
        if after is None:
            return found


@given(st.lists(st.tuples(writes, queries()), max_size=25), st.booleans())
@settings(max_examples=examples(40))
def test_every_page_is_motos_own_whatever_was_written(steps: list[Any], has_sort_key: bool) -> None:  # noqa: FBT001
    store = Store(has_sort_key)
    ends: dict[tuple[str | None, str], Any] = {}
    for (kind, item), asked in steps:
        write(store, kind, item)
        # A page goes on where another ended, whatever has been written over or deleted since.
        place = (asked["index"], asked["partition"])
        if place in ends:
            store.query(**asked, after=ends[place])
        if has_sort_key or asked["index"] is not None:
            whole = paged(store, **asked | {"limit": None})
            assert paged(store, **asked) == whole
            ends[place] = store.query(**asked)[2] or ends.get(place)
    for index in INDEXES:
        if index != "by_sort":
            paged(store, index, partition="ka", limit=2)


@pytest.mark.parametrize("index", [None, "waiting", "due", "by_queue"])
def test_a_page_reads_as_many_items_in_a_large_table_as_in_a_small_one(index: str | None) -> None:
    store = Store()
    read = []
    for size in (20, 2000):
        for number in range(size):
            rank = {"S": f"{number % 97:03}"}
            item = {"p": {"S": "p"}, "s": {"S": f"{number:05}"}, "queue": {"S": "p"}, "due": {"N": "1"}, "rank": rank}
            store.backend.put_item(store.name, item)
        page, _, after = store.query(index, partition="p", limit=5)
        assert len(page) == 5
        read += [store.read_by(index, partition="p", limit=5, after=start) for start in (None, after)]
        read.append(store.read_by(index, partition="p", limit=5, forward=False))
    assert set(read) == {6}


def test_an_index_that_is_added_later_holds_what_is_there_and_one_that_is_gone_is_refused() -> None:
    store = Store()
    for number in range(4):
        store.backend.put_item(store.name, {"p": {"S": f"p{number}"}, "s": {"S": "s"}, "queue": {"S": "q"}})
    store.query("by_queue", partition="q")
    table = store.backend.get_table(store.name)
    store.backend.update_table_global_indexes(table, [{"Create": _index("by_sort")}])
    page, _, _ = store.query("by_sort", partition="s", condition=(">", ["p1"]))
    assert [item["p"]["S"] for item in page] == ["p2", "p3"]
    store.backend.update_table_global_indexes(table, [{"Delete": {"IndexName": "by_sort"}}])
    with pytest.raises(Exception, match="Invalid index"):
        store.query("by_sort", partition="s")


def test_an_index_made_anew_by_other_keys_is_sorted_by_these() -> None:
    store = Store()
    for number in range(4):
        rank = {"S": str(9 - number)}
        store.backend.put_item(
            store.name, {"p": {"S": "p"}, "s": {"S": str(number)}, "queue": {"S": "q"}, "rank": rank}
        )
    store.query("waiting", partition="q")
    table = store.backend.get_table(store.name)
    store.backend.update_table_global_indexes(table, [{"Delete": {"IndexName": "waiting"}}])
    store.backend.update_table_global_indexes(
        table, [{"Create": _index("waiting") | {"KeySchema": _schema(("queue", "s"))}}]
    )
    page, _, _ = store.query("waiting", partition="q")
    assert [item["s"]["S"] for item in page] == ["0", "1", "2", "3"]


def test_a_table_made_anew_under_its_name_has_none_of_the_old_items() -> None:
    store = Store()
    store.backend.put_item(store.name, {"p": {"S": "p"}, "s": {"S": "s"}, "queue": {"S": "q"}})
    assert store.query("by_queue", partition="q")[1] == 1
    store.backend.delete_table(store.name)
    again = Store()
    again.backend = store.backend
    store.backend.tables[store.name] = Store().backend.get_table(store.name)
    assert again.query("by_queue", partition="q")[1] == 0
