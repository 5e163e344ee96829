"""What a reviewer sees of a video that they were given, as JSON."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.console.reviewing.dataset import Dataset, read_dataset
from reelsift.console.reviewing.disguise import DISGUISED, disguise
from reelsift.console.reviewing.lanes_view import lanes_members
from reelsift.console.reviewing.reasons_view import peak_list, reason_members, shown_reasons
from reelsift.domain.decision import Decision
from reelsift.domain.handling import Handling
from reelsift.domain.message_text import label_text
from reelsift.domain.review_item import ItemCause
from reelsift.domain.status import VideoStatus
from reelsift.reviews.claims import Claimed

SAME_CONTENT_COUNTED = 100
"""Other videos of the same content that are counted."""


async def view_item(
    deployment: Deployment, claimed: Claimed, handling: Handling, *, draft: Mapping[str, Any] | None, grave: bool
) -> dict[str, Any]:
    """What a reviewer is shown of what they were given. `draft` is what they have begun to write about it."""
    disguised = claimed.item.cause in DISGUISED
    shown = disguise(claimed, handling)
    dataset, last, others = await asyncio.gather(
        read_dataset(shown.row, deployment.work),
        _last_decision(deployment, shown.row),
        deployment.same_contents.others(shown.row.video_id, limit=SAME_CONTENT_COUNTED),
    )
    # Of a long video hundreds of thousands of segments are gone through; meanwhile others wait for their answers.
    seen = await asyncio.to_thread(_seen, shown.row, dataset, disguised=disguised)
    return {
        **_item_members(shown),
        "status": None if shown.row.status is None else str(shown.row.status),
        "restriction": None if shown.row.restriction is None else shown.row.restriction.members(),
        "last_decision": None if last is None else _decision_members(last),
        "seen_decision": shown.row.last_decision,
        "video": video_members(shown.row, dataset),
        "failure": _failure_members(shown.row),
        "context": None if shown.row.context is None else dict(shown.row.context),
        "same_content": len(others),
        "draft": None if draft is None else dict(draft),
        "grave": grave,
        "training": False,
        **seen,
    }


def _seen(row: VideoStatus, dataset: Dataset, *, disguised: bool) -> dict[str, Any]:
    reasons = shown_reasons(dataset, disguised=disguised)
    return {
        "verdict": _verdict_members(row, reasons, dataset),
        "peaks": peak_list(reasons, dataset),
        "lanes": lanes_members(dataset, row.duration_ms),
    }


def video_members(row: VideoStatus, dataset: Dataset) -> dict[str, Any] | None:
    """The object that was analysed, as JSON; None where nothing names it any more."""
    video = row.video
    if video is None:
        return None
    return {
        "uri": video.uri,
        "bucket": video.bucket,
        "key": video.key,
        "version_id": video.version_id,
        "etag": video.etag,
        "size": video.size,
        "duration_ms": row.duration_ms,
        "frame_rate": dataset.frame_rate,
    }


def _item_members(claimed: Claimed) -> dict[str, Any]:
    item, claim = claimed.item, claimed.claim
    return {
        "video_id": item.video_id,
        "item": item.name,
        "cause": str(item.cause),
        "queue": item.queue,
        "created_ms": item.created_ms,
        "due_ms": item.due_ms,
        "text": item.text,
        "appeal": item.appeal,
        "also": [_also(other.cause, other.text) for other in claimed.others],
        "claim": {"claim_id": claim.claim_id, "renewed_ms": claim.renewed_ms},
    }


def _also(cause: ItemCause, text: str | None) -> dict[str, Any]:
    return {"cause": str(cause), "text": text}


async def _last_decision(deployment: Deployment, row: VideoStatus) -> Decision | None:
    return await deployment.decisions.get(row.video_id, row.last_decision) if row.last_decision else None


def _decision_members(decision: Decision) -> dict[str, Any]:
    return {
        "number": decision.number,
        "action": str(decision.action),
        "by": decision.by,
        "at_ms": decision.at_ms,
        "reasons": [reason.code for reason in decision.reasons],
        "note": None if decision.private is None else decision.private.note,
    }


def _verdict_members(row: VideoStatus, reasons: Sequence[Mapping[str, Any]], dataset: Dataset) -> dict[str, Any] | None:
    verdict = row.verdict
    if verdict is None:
        return None
    return {
        "verdict": None if verdict.verdict is None else str(verdict.verdict),
        "policy": verdict.basis.policy,
        "judged_ms": verdict.judged_ms,
        "missing": [str(analysis) for analysis in verdict.missing],
        "reasons": reason_members(reasons, dataset),
    }


def _failure_members(row: VideoStatus) -> dict[str, Any] | None:
    if row.failure is None or row.verdict is not None:
        return None
    return {"reason": str(row.failure.reason), "message": label_text(row.failure.message)}
