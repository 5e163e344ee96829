"""What is to be looked at, for programs and on a terminal."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reelsift.cli.terminal import printable
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.domain.review_item import Claim, ReviewItem
    from reelsift.domain.status import VideoStatus
    from reelsift.reviews.claims import Claimed


def item_members(item: "ReviewItem", row: "VideoStatus | None" = None) -> dict[str, Any]:
    """An item as JSON, with what the row of its video says of where it stands."""
    members: dict[str, Any] = {
        "video_id": item.video_id,
        "item": item.name,
        "cause": str(item.cause),
        "queue": item.queue,
        "rank": item.rank,
        "created": _time(item.created_ms),
        "due": _time(item.due_ms),
        "appeal": item.appeal,
        "text": item.text,
        "asked_by": item.asked_by,
        "probability": item.probability,
    }
    return members if row is None else members | _video_members(row)


def claim_members(claim: "Claim") -> dict[str, Any]:
    """Who is at a video, as JSON."""
    return {
        "video_id": claim.video_id,
        "item": claim.item,
        "by": claim.by,
        "claimed": _time(claim.claimed_ms),
        "renewed": _time(claim.renewed_ms),
        "counter": claim.counter,
    }


def claimed_members(claimed: "Claimed", evidence: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a reviewer was given, as JSON: the item, the video, what is known of it, and what the line brought along."""
    row = claimed.row
    return {
        **item_members(claimed.item, row),
        "also": [item_members(item) for item in claimed.others],
        "status": None if row.status is None else str(row.status),
        "restriction": None if row.restriction is None else row.restriction.members(),
        "last_decision": row.last_decision,
        "evidence": evidence,
        "context": None if row.context is None else dict(row.context),
        "claim": claim_members(claimed.claim),
    }


def item_words(item: "ReviewItem") -> str:
    """Why, where, and by when."""
    return f"{item.name}, in the queue {item.queue}, due {wording.moment(item.due_ms)}"


def print_claimed(console: Console, claimed: "Claimed", evidence: Mapping[str, Any] | None) -> None:
    """What a person needs to look at a video and to decide it."""
    row, item = claimed.row, claimed.item
    table = Table.grid(padding=(0, 2))
    lines = {
        "video": row.video_id if row.video is None else row.video.uri,
        "id": row.video_id,
        "version": None if row.video is None else row.video.version_id,
        "because": item_words(item),
        "says": item.text,
        "also": ", ".join(other.name for other in claimed.others) or None,
        "status": None if row.status is None else str(row.status),
        "failure": None if row.failure is None else f"{row.failure.reason}: {row.failure.message}",
        "verdict": None if evidence is None else evidence.get("verdict"),
        "missing": None if evidence is None else ", ".join(evidence.get("missing", ())) or None,
        **{f"context {name}": value for name, value in (row.context or {}).items()},
    }
    for name, value in lines.items():
        if value is not None:
            table.add_row(Text(printable(name)), Text(printable(value)))
    console.print(table)
    for reason in () if evidence is None else evidence.get("reasons", ()):
        path = " / ".join([*reason["parents"], reason["label"]])
        at = f"{wording.confidence(reason['max_confidence'])} at {wording.clock(reason['peak_ms'])}"
        console.print(Text(printable(f"  {path}  {at}")))
    console.print(
        Text(f"reelsift decide {row.video_id} approve|restrict|reject|escalate; reelsift review skip {row.video_id}")
    )


def _video_members(row: "VideoStatus") -> dict[str, Any]:
    video = row.video
    return {
        "video": None if video is None else video.uri,
        "version_id": None if video is None else video.version_id,
        "etag": None if video is None else video.etag,
        "size": None if video is None else video.size,
        "duration_ms": row.duration_ms,
    }


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
