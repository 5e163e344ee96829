"""What an event says: one for each revision of a status, and one for each appeal that was decided. Their forms are
docs/reference/event.schema.json and docs/reference/appeal.schema.json.
"""

import json
from dataclasses import dataclass
from typing import Any

from reelsift.domain.message_text import console_url
from reelsift.domain.status import AppealDecided, Unpublished, VideoStatus
from reelsift.domain.video import ObjectRef, Video

STATUS_CHANGED = "Video Status Changed"
"""The detail type of a revision."""

APPEAL_DECIDED = "Appeal Decided"
"""The detail type of what became of an appeal."""

MOST_BYTES = 240 * 1024
"""Of a detail. EventBridge delivers 256 KB at most, with an envelope of its own."""

_SCHEMA = "reelsift.event/1"
_CUT_FIRST = ("reasons", "context", "restriction")
"""Members that are left out, in this order, where a detail is too long."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where events come from: the deployment, its region, and the bucket that keeps what they rest on."""

    deployment: str
    region: str
    work_bucket: str


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """One event: its detail as JSON text, the ARNs of what it is about, and when that happened (epoch milliseconds)."""

    id: str
    detail: str
    resources: tuple[str, ...]
    at_ms: int


def event_id(video_id: str, revision: int) -> str:
    """What a repetition of an event is known by."""
    return f"{video_id}:{revision}"


def status_changed(row: VideoStatus, event: Unpublished, origin: Origin) -> StatusEvent:
    """The event of a revision. Of a sealed video, and of one that was forgotten, it says the status and the id only."""
    made = event.revision
    name = event_id(row.video_id, made.number)
    detail: dict[str, Any] = {
        "schema": _SCHEMA,
        "id": name,
        "revision": made.number,
        "video": {"video_id": row.video_id},
        "status": str(made.status),
    }
    video = row.video
    if row.sealed or video is None:
        return StatusEvent(name, json.dumps(detail), (), made.at_ms)
    optional = {
        "restriction": None if made.restriction is None else made.restriction.members(),
        "previous": None if event.previous is None else str(event.previous),
        "context": None if row.context is None else dict(row.context),
        "batch": None if row.asked_by is None else row.asked_by[0],
        "line": None if row.asked_by is None else row.asked_by[1],
    }
    detail |= {
        "deployment": origin.deployment,
        "at_ms": made.at_ms,
        "video": _video(video, row.duration_ms),
        "by": made.by.members(),
        "cause": str(made.cause),
        "reasons": [reason.members() for reason in event.reasons],
        "links": _links(row, video, origin),
        **{member: value for member, value in optional.items() if value is not None},
    }
    return StatusEvent(name, _fitted(detail), (f"arn:aws:s3:::{video.bucket}/{video.key}",), made.at_ms)


def appeal_decided(row: VideoStatus, appeal: AppealDecided, origin: Origin) -> StatusEvent:
    """The event of what became of an appeal. Of a sealed video, and of one that was forgotten, it says that alone."""
    name = f"{row.video_id}:appeal:{appeal.appeal}"
    detail: dict[str, Any] = {
        "schema": _SCHEMA,
        "id": name,
        "video": {"video_id": row.video_id},
        "appeal": {"id": appeal.appeal, "outcome": "overturned" if appeal.overturned else "upheld"},
        "revision": appeal.revision,
        **({} if appeal.status is None else {"status": str(appeal.status)}),
    }
    video = row.video
    if row.sealed or video is None:
        return StatusEvent(name, json.dumps(detail), (), appeal.at_ms)
    optional = {
        "restriction": None if appeal.restriction is None else appeal.restriction.members(),
        "context": None if row.context is None else dict(row.context),
    }
    detail |= {
        "deployment": origin.deployment,
        "at_ms": appeal.at_ms,
        "video": _video(video, row.duration_ms),
        "by": appeal.by.members(),
        "decision": appeal.decision,
        "reasons": [reason.members() for reason in appeal.reasons],
        **{member: value for member, value in optional.items() if value is not None},
    }
    return StatusEvent(name, _fitted(detail), (f"arn:aws:s3:::{video.bucket}/{video.key}",), appeal.at_ms)


def _video(video: Video, duration_ms: int | None) -> dict[str, Any]:
    members = {
        "video_id": video.video_id,
        "bucket": video.bucket,
        "key": video.key,
        "version_id": video.version_id,
        "etag": video.etag,
        "size": video.size,
        "duration_ms": duration_ms,
    }
    return {name: value for name, value in members.items() if value is not None}


def _links(row: VideoStatus, video: Video, origin: Origin) -> dict[str, str]:
    """Where the object is shown, and where all that the verdict rests on is kept."""
    links = {"object": console_url(ObjectRef(video.bucket, video.key), origin.region)}
    if row.verdict is not None:
        links["dataset"] = f"s3://{origin.work_bucket}/{row.verdict.dataset_key}"
    return links


def _fitted(detail: dict[str, Any]) -> str:
    """A detail as JSON of MOST_BYTES at most. What is left out for that stands in `truncated`: the first reasons are
    kept as long as they fit.
    """
    text = json.dumps(detail)
    truncated: list[str] = []
    for member in _CUT_FIRST:
        if len(text) <= MOST_BYTES:
            break
        if not detail.get(member):
            continue
        truncated.append(member)
        detail["truncated"] = truncated
        if member == "reasons":
            reasons = detail["reasons"]
            while reasons and len(text) > MOST_BYTES:
                del reasons[len(reasons) // 2 :]
                text = json.dumps(detail)
        else:
            del detail[member]
            text = json.dumps(detail)
    return text
