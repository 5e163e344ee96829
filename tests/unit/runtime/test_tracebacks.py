"""The log of a container says where this program has failed, and nothing of what it was working on."""

import json
import subprocess
import sys
from typing import Any

import pytest

_FAILS = """
import structlog
from botocore.exceptions import ClientError
from reelsift.aws.errors import AwsUnavailable
from reelsift.log import configure_logs

SECRET = "a note: Jane Doe, s3://videos/home.mp4"

def fail():
    inner = ValueError(SECRET)
    try:
        SECRET.encode("utf-16").decode("ascii")
    except UnicodeDecodeError as cause:
        inner.__cause__ = cause
    try:
        raise ClientError({"Error": {"Code": "ValidationException", "Message": SECRET}}, "GetItem")
    except ClientError as refusal:
        try:
            raise AwsUnavailable("the table is away") from refusal
        except AwsUnavailable:
            error = KeyError(SECRET)
            error.add_note(SECRET)
            raise ExceptionGroup(SECRET, [error, inner, OSError(28, "No space left", SECRET)])

configure_logs("json", "LEVEL")
try:
    fail()
except Exception as error:
    structlog.get_logger().error("failed", exc_info=error, path="/api/next")
"""


def logged(level: str) -> str:
    program = [sys.executable, "-c", _FAILS.replace("LEVEL", level)]
    return subprocess.run(program, capture_output=True, text=True, check=True).stderr


@pytest.mark.parametrize("level", ["info", "error"])
def test_a_traceback_says_where_and_which_error_and_nothing_of_what_was_worked_on(level: str) -> None:
    text = logged(level)
    for secret in ("note:", "Jane", "home.mp4"):
        assert secret not in text
    line: dict[str, Any] = json.loads(text)
    group, unavailable, refused = line["exception"]
    assert (group["exc_type"], group["frames"][-1]["name"]) == ("ExceptionGroup", "fail")
    # What AWS and this program say is not lost.
    assert (unavailable["exc_type"], unavailable["exc_value"]) == ("AwsUnavailable", "the table is away")
    assert (refused["exc_type"], refused["exc_value"]) == ("ClientError", "ValidationException of GetItem")
    key, value, full = group["exceptions"]
    assert key[0]["exc_type"] == "KeyError"
    assert [stack["exc_type"] for stack in value] == ["ValueError", "UnicodeDecodeError"]
    assert full[0]["exc_value"] == "No space left"


def test_whoever_asks_for_everything_is_told_all_of_it() -> None:
    assert "Jane" in logged("debug")
