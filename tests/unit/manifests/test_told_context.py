"""Whatever a sender writes as the context of a line, its video is analysed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.context import ALL, LEFT_OUT, MOST_BYTES
from reelsift.domain.line import Line
from reelsift.manifests.lists import read_list
from reelsift.manifests.manifest_row import GoodRow
from reelsift.manifests.messages import Lines, parse_message
from reelsift.manifests.told_context import told_context

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "context"),
    [
        ({"owner": "u-17", "title": " A day "}, {"owner": "u-17", "title": "A day"}),
        ({"views": 12, "score": 0.5, "kids": True}, {"views": "12", "score": "0.5", "kids": "true"}),
        ({"number": 10**30}, {"number": "1" + "0" * 30}),
        ({"owner": None, "title": "", "language": "  "}, None),
        ({"owner": "u", "tags": ["a"], "more": {}}, {"owner": "u", LEFT_OUT: "tags,more"}),
        ({"owner": "u", "": "x"}, {"owner": "u", LEFT_OUT: ALL}),
        ('{"owner": "u-17"}', {"owner": "u-17"}),
        ("  ", None),
        ("owner=u-17", {LEFT_OUT: ALL}),
        (["owner"], {LEFT_OUT: ALL}),
        (17, {LEFT_OUT: ALL}),
        ({"n": 10**5000}, {LEFT_OUT: "n"}),
        (None, None),
        ({}, None),
    ],
    ids=range(14),
)
def test_texts_are_kept_and_what_is_none_is_named(value: Any, context: dict[str, str] | None) -> None:
    assert told_context(value) == context


@given(JSON)
def test_no_value_makes_it_raise_and_what_was_read_is_read_again_as_it_is(value: Any) -> None:
    context = told_context(value)
    assert context is None or told_context(dict(context)) == context
    assert context is None or told_context(json.dumps(dict(context))) == context


@given(JSON)
def test_no_context_spoils_a_line(value: Any) -> None:
    body = json.dumps({"bucket": "abc", "key": "k", "context": value})
    parsed = parse_message(body, message_id="m", sent_ms=1)
    assert isinstance(parsed, Lines)
    (line,) = parsed.lines
    assert isinstance(line, Line), line
    assert line.context == told_context(json.loads(body)["context"])
    (row,) = read_list([body.encode()])
    assert isinstance(row, GoodRow), row
    assert row.context == line.context


@pytest.mark.parametrize(
    ("table", "context"),
    [
        ("bucket,key,context.owner,context.title\nabc,k,u-17,A day", {"owner": "u-17", "title": "A day"}),
        ("bucket,key,Context.owner, context . notice_id \nabc,k,u-17,n 5", {"owner": "u-17", "notice_id": "n 5"}),
        ("uri,context.owner\ns3://abc/k,u-17", {"owner": "u-17"}),
        ("bucket;key;context.uploaded_at\nabc;k;2026-11-30", {"uploaded_at": "2026-11-30"}),
        ("bucket,key,context.owner\nabc,k,", None),
        ("bucket,key,context.owner,context.owner\nabc,k,,second", {"owner": "second"}),
        ("bucket,key,context.owner,context.owner\nabc,k,first,second", {"owner": "first"}),
        ("bucket,key,context.\nabc,k,nothing", None),
        ("bucket,key,contextual\nabc,k,nothing", None),
        ("bucket,key,context.title\nabc,k,'=1+1", {"title": "=1+1"}),
        ('bucket,key,context\nabc,k,"{""owner"": ""u"", ""views"": 3}"', {"owner": "u", "views": "3"}),
        ('bucket,key,context,context.owner\nabc,k,"{""owner"": ""u"", ""url"": ""x""}",v', {"owner": "v", "url": "x"}),
        ("bucket,key,context\nabc,k,me", {LEFT_OUT: ALL}),
        (f"bucket,key,context.title,context.owner\nabc,k,{'t' * MOST_BYTES},u", {"owner": "u", LEFT_OUT: "title"}),
    ],
)
def test_columns_bring_the_members_they_are_called_after(table: str, context: dict[str, str] | None) -> None:
    (row,) = read_list([table.encode()])
    assert isinstance(row, GoodRow), row
    assert row.context == context
    (line,) = parsed.lines if isinstance(parsed := parse_message(table, message_id="m", sent_ms=1), Lines) else ()
    assert isinstance(line, Line)
    assert line.context == context
