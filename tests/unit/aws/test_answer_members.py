"""What botocore's model does not know of an answer is kept, and nothing else changes for it."""

from typing import Any
from unittest.mock import AsyncMock, Mock

from botocore.hooks import HierarchicalEmitter

from reelsift.aws.rekognition import Rekognition


def kept(body: bytes, status: int = 200) -> dict[str, Any]:
    """What botocore's answer is updated by."""
    getter = Mock()
    getter.meta.events = HierarchicalEmitter()
    Rekognition(AsyncMock(), getter)
    found: dict[str, Any] = {}
    getter.meta.events.emit(
        "before-parse.rekognition.GetTextDetection",
        response_dict={"status_code": status, "body": body},
        customized_response_dict=found,
    )
    return found


def test_members_that_no_model_knows_are_kept_at_any_depth() -> None:
    assert kept(b'{"JobStatus": "SUCCEEDED", "New": 1, "Faces": [{"Newer": null}]}') == {
        "JobStatus": "SUCCEEDED",
        "New": 1,
        "Faces": [{"Newer": None}],
    }


def test_a_member_that_is_null_is_not_there_as_botocore_has_it() -> None:
    assert kept(b'{"JobStatus": "IN_PROGRESS", "Faces": null}') == {"JobStatus": "IN_PROGRESS"}


def test_a_refusal_and_what_is_no_answer_are_left_to_botocore() -> None:
    assert kept(b'{"__type": "ThrottlingException"}', status=400) == {}
    assert kept(b"<html>") == kept(b"[1]") == kept(b"") == {}
