"""Documents held to their JSON Schema."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def closed(schema: Any) -> Any:
    """The schema without room for members that it does not describe, which programs must bear and tests must not."""
    match schema:
        case dict():
            inner = {name: closed(value) for name, value in schema.items()}
            described = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
            return {"additionalProperties": False, **inner} if described else inner
        case list():
            return [closed(value) for value in schema]
        case _:
            return schema


def problems(document: Any, schema_name: str) -> list[str]:
    """What of a document its schema in docs/reference does not allow, or does not describe."""
    return list(_problems(document, json.loads((REFERENCE / schema_name).read_text(encoding="utf-8"))))


def _problems(document: Any, schema: dict[str, Any]) -> Iterator[str]:
    Draft202012Validator.check_schema(schema)
    for found in Draft202012Validator(closed(schema)).iter_errors(document):
        yield f"{found.json_path}: {found.message}"
