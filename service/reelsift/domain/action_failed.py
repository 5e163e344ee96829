"""What the event says of an action on an object that has failed, such as writing its tag."""

import json
from typing import Any

from reelsift.domain.event import Origin, StatusEvent
from reelsift.domain.object_tags import TagFailure
from reelsift.domain.status import VideoStatus

ACTION_FAILED = "Video Action Failed"
"""The detail type."""

_SCHEMA = "reelsift.action-failed/1"
"""Names the form: docs/reference/action-failed.schema.json."""


def action_id(video_id: str, number: int) -> str:
    """What a repetition of an event is known by: `number` counts the failed tries of the video."""
    return f"{video_id}:action:{number}"


def action_failed(row: VideoStatus, failure: TagFailure, origin: Origin) -> StatusEvent:
    """The event of a failed try. Of a sealed video, and of one that was forgotten, it names no object."""
    name = action_id(row.video_id, failure.number)
    detail: dict[str, Any] = {
        "schema": _SCHEMA,
        "id": name,
        "deployment": origin.deployment,
        "action": "tag",
        "video": {"video_id": row.video_id},
        "revision": failure.revision,
        "reason": str(failure.fault),
        "tries": failure.tries,
        "given_up": failure.again_at_ms is None,
        "at_ms": failure.at_ms,
    }
    if failure.again_at_ms is not None:
        detail["again_at_ms"] = failure.again_at_ms
    if row.status is not None:
        detail["status"] = str(row.status)
    video = row.video
    if video is None or row.sealed:
        return StatusEvent(name, json.dumps(detail), (), failure.at_ms)
    detail["video"] |= {"bucket": video.bucket, "key": video.key, "etag": video.etag}
    if failure.version_id is not None:
        detail["video"]["version_id"] = failure.version_id
    detail["message"] = failure.message
    return StatusEvent(name, json.dumps(detail), (f"arn:aws:s3:::{video.bucket}/{video.key}",), failure.at_ms)
