"""The context of a line as its sender writes it: nobody needs it to analyse a video, so nothing in it spoils a row."""

import json
from collections.abc import Iterable
from typing import Any

from reelsift.domain.context import ALL, MOST_BYTES, Context, fitted
from reelsift.manifests.untrusted_json import JsonError, load_json

COLUMN = "context"
"""The member, or the column, that holds the whole context, and what the columns of its members begin with."""


def told_context(value: Any) -> Context | None:
    """The context that a value of JSON gives, an object or the text of one; None where it gives none.

    A member holds a text, a number, true or false; one that holds nothing (null, an empty text) is not there. One that
    holds anything else, or is too large, is left out, and the context says so (`domain.context.LEFT_OUT`).
    """
    if isinstance(value, str):
        value = _read(value)
    if value is None:
        return None
    if not isinstance(value, dict):
        return fitted(left_out=(ALL,))
    members: dict[str, str] = {}
    left_out: list[str] = []
    for name, member in value.items():
        text = _text(member)
        if text is None or not name.strip():
            left_out.append(name.strip() or ALL)
        elif text:
            members[name] = text
    return fitted(members, left_out=left_out)


def column_context(whole: str, columns: Iterable[tuple[str, str]]) -> Context | None:
    """The context that a row of a table gives in a column for all of it and in columns of single members, by the names
    of these: they go first. An empty field gives nothing.
    """
    members: dict[str, str] = {}
    for name, text in columns:
        if text:
            members.setdefault(name, text)
    return fitted(members, told_context(whole) or {})


def column_member(column: str) -> str | None:
    """The member that a column called `context.owner` holds; None for any other column."""
    prefix, dot, member = column.partition(".")
    return member.strip() or None if dot and is_context(prefix) else None


def is_context(column: str) -> bool:
    """Whether a column, or member, is called as the one that holds all of the context."""
    return column.strip().casefold() == COLUMN


def _read(text: str) -> Any:
    """What a text of JSON holds. A text that is none is no context."""
    if not text.strip():
        return None
    try:
        return load_json(text)
    except JsonError:
        return text


def _text(value: Any) -> str | None:
    """A member as text; None for what is none."""
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case bool() | float():
            return json.dumps(value)
        case int():
            # Python refuses to write numbers of thousands of digits.
            return str(value) if value.bit_length() < MOST_BYTES else None
    return None
