"""One answer of GetContentModeration in the forms in which people save it, and what is no answer in any form."""

import bz2
import gzip
import json
import pprint
from collections.abc import Callable
from typing import Any

ROWS: list[dict[str, Any]] = [
    {"Timestamp": 0, "ModerationLabel": {"Name": "Violence", "ParentName": "", "Confidence": 70.5}},
    {"Timestamp": 500, "ModerationLabel": {"Name": "Violence", "ParentName": "", "Confidence": 81.25}},
    {"Timestamp": 500, "ModerationLabel": {"Name": "Weapon Violence", "ParentName": "Violence", "Confidence": 81.25}},
]
PAGE: dict[str, Any] = {
    "JobStatus": "SUCCEEDED",
    "VideoMetadata": {"Codec": "h264", "DurationMillis": 9_000, "FrameRate": 25.0},
    "ModerationLabels": ROWS,
    "ModerationModelVersion": "7.0",
}
_FIRST = PAGE | {"ModerationLabels": ROWS[:1], "NextToken": "x"}
_LAST = PAGE | {"ModerationLabels": ROWS[1:]}


def _renamed(value: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {rename(name): _renamed(inner, rename) for name, inner in value.items()}
    return [_renamed(inner, rename) for inner in value] if isinstance(value, list) else value


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).removeprefix("_")


def _texts(value: Any) -> Any:
    """With every number as text."""
    if isinstance(value, dict):
        return {name: _texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return str(value)


def _dynamodb(value: Any) -> Any:
    if isinstance(value, dict):
        return {"M": {name: _dynamodb(inner) for name, inner in value.items()}}
    if isinstance(value, list):
        return {"L": [_dynamodb(inner) for inner in value]}
    return {"S": value} if isinstance(value, str) else {"N": str(value)}


def _zeros() -> dict[str, Any]:
    unset = {"StartTimestampMillis": 0, "EndTimestampMillis": 0, "DurationMillis": 0}
    return PAGE | {"ModerationLabels": [row | unset for row in ROWS], "NextToken": None, "StatusMessage": ""}


def _json(value: Any, **options: Any) -> bytes:
    return json.dumps(value, **options).encode()


FORMS: dict[str, bytes] = {
    "as it is": _json(PAGE),
    "indented": _json(PAGE, indent=4),
    "a list of pages": _json([_FIRST, _LAST]),
    "pages one after the other": _json(_FIRST) + _json(_LAST, indent=2),
    "a page a line": _json(_LAST) + b"\r\n" + _json(_FIRST) + b"\r\n",
    "pages with commas and no brackets": _json(_FIRST) + b",\n" + _json(_LAST) + b"\n",
    "bare rows": _json(ROWS),
    "a bare row a line": b"\n".join(map(_json, ROWS)),
    "lists of bare rows": _json([ROWS[:1], ROWS[1:]]),
    "without JobStatus": _json({name: value for name, value in PAGE.items() if name != "JobStatus"}),
    "only the rows": _json({"ModerationLabels": ROWS}),
    "within other members": _json({"Pages": [_FIRST, _LAST], "Count": 2}),
    "an item of a table": _json({"Item": {"id": {"S": "x"}, "answer": _dynamodb(PAGE)}}),
    "below other members, beside others": _json(
        {"id": 7, "data": {"meta": {"a": 1}, "answers": [None, _FIRST, _LAST][1:]}}
    ),
    "pages at several depths": _json({"first": {"meta": {"a": 1}, "answer": _FIRST}, "second": _LAST}),
    "below the name of another analysis": _json({"labels": PAGE, "faces": {"asked": False}}),
    "a list below the name of another analysis": _json({"segments": [_FIRST, _LAST]}),
    "what a Lambda returns": _json({"statusCode": 200, "body": json.dumps(PAGE)}),
    "made JSON twice": _json(json.dumps([_FIRST, _LAST])),
    "a text of a table": _json({"Item": {"id": {"S": "x"}, "answer": {"S": json.dumps(PAGE)}}}),
    "rows as a text": _json(PAGE | {"ModerationLabels": json.dumps(ROWS)}),
    "the status in other letters": _json(PAGE | {"JobStatus": "Succeeded"}),
    "gzip": gzip.compress(_json([PAGE])),
    "gzip in two members": gzip.compress(_json([PAGE])[:9]) + gzip.compress(_json([PAGE])[9:]),
    "UTF-8 with a mark": b"\xef\xbb\xbf" + _json(PAGE),
    "UTF-16": json.dumps(PAGE).encode("utf-16"),
    "UTF-16 without a mark": json.dumps(PAGE).encode("utf-16-le"),
    "UTF-16 the other way round": b"\xfe\xff" + json.dumps(PAGE).encode("utf-16-be"),
    "UTF-32": json.dumps(PAGE).encode("utf-32"),
    "camelCase": _json(_renamed(PAGE, lambda name: name[0].lower() + name[1:])),
    "camelCase, bare rows": _json(_renamed(ROWS, lambda name: name[0].lower() + name[1:])),
    "snake_case": _json(_renamed(PAGE, _snake)),
    "with .NET's constants": _json(PAGE | {"JobStatus": {"Value": "SUCCEEDED"}}),
    "DynamoDB's types": _json(_dynamodb(PAGE)),
    "numbers as text": _json(_texts(PAGE)),
    "whole numbers with a fraction": _json(
        PAGE | {"ModerationLabels": [row | {"Timestamp": float(row["Timestamp"])} for row in ROWS]}
    ),
    "unset times as 0": _json(_zeros()),
    "an unset duration as 0": _json(PAGE | {"VideoMetadata": {"DurationMillis": 0}}),
    "Python's print": repr(PAGE).encode(),
    "Python's pprint": pprint.pformat([_FIRST, _LAST]).encode(),
    "Python's print of other things too": repr(
        PAGE | {"ResponseMetadata": {"HTTPHeaders": {"it's": 'a "b"\n\\'}, "RetryAttempts": 0, "No": None, "Yes": True}}
    ).encode(),
}
"""All of them say what `PAGE` says."""

_START = {"JobId": "b" * 64, "ResponseMetadata": {"HTTPStatusCode": 200}}

NO_ANSWERS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "it is empty"),
    "blanks": (b" \r\n", "it is empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(40), "this is not JSON"),
    "half of it": (_json(PAGE)[:-40], "this is not JSON"),
    "half of it, gzipped": (gzip.compress(_json(PAGE))[:-9], "this is gzip, and cut short"),
    "damaged gzip": (b"\x1f\x8b" + bytes(40), "this is gzip, and damaged"),
    "Latin-1": ('{"StatusMessage": "ä"}'.encode("latin-1"), "save it as UTF-8"),
    "what JavaScript prints": (b"{ JobStatus: 'SUCCEEDED', ModerationLabels: [ [Object] ] }", "JSON.stringify"),
    "what Java prints": (b"GetContentModerationResponse(JobStatus=SUCCEEDED)", "JSON.stringify"),
    "YAML": (b"JobStatus: SUCCEEDED\nModerationLabels: []\n", "output `json`"),
    "what the AWS CLI prints as text": (b"SUCCEEDED\t7.0\nMODERATIONLABELS\t500\n", "output `json`"),
    "what the AWS CLI prints as a table": (b"-----\n|  GetContentModeration  |\n", "output `json`"),
    "what Go prints": (b"&{JobStatus:SUCCEEDED ModerationLabels:[{Timestamp:500}]}", "output `json`"),
    "what Ruby prints": (b'{:job_status=>"SUCCEEDED", :moderation_labels=>[]}', "output `json`"),
    "an error instead": (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "looks like XML or HTML"),
    "an archive": (b"PK\x03\x04" + bytes(40), "a zip archive: unpack it"),
    "another packing": (bz2.compress(_json(PAGE)), "packed by bzip2: unpack it"),
    "gzip of gzip": (gzip.compress(gzip.compress(_json(PAGE))), "gzip within gzip: unpack it"),
    "labels of an image": (
        _json({"ModerationLabels": [ROWS[0]["ModerationLabel"]], "ModerationModelVersion": "7.0"}),
        "an answer about an image",
    ),
    "confidences as fractions": (
        _json([row | {"ModerationLabel": row["ModerationLabel"] | {"Confidence": 0.97}} for row in ROWS]),
        "multiply them by 100",
    ),
    "a number": (b"7", "a page of an answer is a JSON object"),
    "the answer of a Start": (_json(_START), "the answer of a Start"),
    "the answer about an image": (_json({"ModerationLabels": [], "ModerationModelVersion": "7.0"}), "about a video"),
    "a depth without end": (b"[" * 100_000, "nested too deeply"),
    "a number without end": (b'{"Timestamp": ' + b"9" * 5_000 + b"}", "this is not JSON"),
}
"""What `read_pages` refuses, and a part of the sentence in which it says so."""
