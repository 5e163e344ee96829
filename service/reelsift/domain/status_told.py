"""A video's status and its revisions as JSON, for whoever asks."""

from typing import Any

from reelsift.domain.status import Revision, Status, VideoStatus
from reelsift.domain.status_changes import newest_event


def status_members(row: VideoStatus) -> dict[str, Any] | None:
    """What may be done with a video now, since when and why; None where it has no status. `decisions` counts all there
    have been, and `standing` is the number of the one by which the status is, null where it is by the verdict or by a
    failure. `context` is there only where a line brought one along, and `rejecting` only where a verdict would have
    rejected the video without a person if something had not spoken against that.
    """
    event = newest_event(row)
    if event is None:
        return None
    return {
        **revision_members(event.revision),
        "decisions": row.last_decision,
        "standing": row.standing or None,
        "reasons": [reason.members() for reason in event.reasons],
        **_rejecting(row),
        **({} if row.context is None else {"context": dict(row.context)}),
    }


def _rejecting(row: VideoStatus) -> dict[str, str]:
    waits = row.status is Status.IN_REVIEW and not row.standing and row.verdict is not None
    if not waits or row.verdict is None or row.verdict.rejecting is None:
        return {}
    return {"rejecting": str(row.verdict.rejecting)}


def tombstone_members(row: VideoStatus) -> dict[str, Any] | None:
    """What is left of the status of a video that was forgotten: what a person decided still holds, but when and why is
    known no more. None where nothing was forgotten, or where the status is of later.
    """
    if row.history or (row.video is not None and row.status is None):
        return None
    restriction = {} if row.restriction is None else {"restriction": row.restriction.members()}
    return {
        "status": None if row.status is None else str(row.status),
        **restriction,
        "revision": row.revision,
        "decisions": row.last_decision,
        "standing": row.standing or None,
    }


def revision_members(revision: Revision) -> dict[str, Any]:
    """One revision. `restriction` and `decision` are there only where it has one."""
    members = {
        "status": str(revision.status),
        "restriction": None if revision.restriction is None else revision.restriction.members(),
        "revision": revision.number,
        "at_ms": revision.at_ms,
        "by": revision.by.members(),
        "cause": str(revision.cause),
        "decision": revision.decision or None,
    }
    return {name: value for name, value in members.items() if value is not None}
