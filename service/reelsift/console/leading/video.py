"""One video as a lead sees it: what it is now, and all that has become of it."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from reelsift.aws.objects import WorkBucket
from reelsift.aws.reviewer_rows import SignedLink
from reelsift.console.call import Call
from reelsift.console.leading.audit import decision_members
from reelsift.console.refusals import Refused
from reelsift.console.reviewing.dataset import Dataset, read_dataset
from reelsift.console.reviewing.lanes_view import lanes_members
from reelsift.console.reviewing.reasons_view import peak_list, shown_reasons
from reelsift.console.viewer import Role
from reelsift.domain.decision import Decision
from reelsift.domain.job import Job
from reelsift.domain.opinion import Opinion
from reelsift.domain.result import peak_members
from reelsift.domain.review_item import Claim, ReviewItem
from reelsift.domain.status import Revision, VideoStatus
from reelsift.domain.status_told import revision_members, status_members, tombstone_members
from reelsift.domain.video import VIDEO_ID, Video
from reelsift.errors import NothingKnown, VideoSealed
from reelsift.queries.sealed_video import SealedVideo, read_sealed
from reelsift.queries.video_history import history_of
from reelsift.queries.video_result import describe

MOST_LINKS = 50
_NOTHING_SEEN: dict[str, Any] = {"peaks": [], "lanes": None, "frame_rate": None}

MOST_REVISIONS = 500
"""The newest: a video that is judged anew each day has as many in a year and a half."""


async def video(call: Call) -> dict[str, Any]:
    """All that is known of a video. A sealed one is there for specialists only, and that they look is taken down."""
    video_id = call.path("video_id")
    if not VIDEO_ID.fullmatch(video_id):
        raise NothingKnown(video_id)
    deployment = call.deployment
    row, jobs = await asyncio.gather(deployment.reviews.get(video_id), deployment.jobs.of_video(video_id))
    if row is not None and row.sealed:
        return await _sealed(call, video_id)
    if not call.viewer.has(Role.LEAD) or (row is None and not jobs):
        raise NothingKnown(video_id)
    claim, items, links = await asyncio.gather(
        deployment.review_items.claim_of(video_id),
        deployment.review_items.of_video(video_id),
        deployment.reviewer_rows.links_to(video_id, most=MOST_LINKS),
    )
    if claim is not None and claim.principal == call.viewer.principal:
        # What others have decided is hidden from whoever is at it.
        raise Refused(
            HTTPStatus.CONFLICT, "claimed", "you are at this video as a reviewer: decide it, or give it back, first"
        )
    if row is None:
        return _members(jobs[0].video, None, jobs, [], [], None) | _NOTHING_SEEN | _asked(items, claim, links)
    history, seen = await asyncio.gather(history_of(deployment, row), _seen(row, deployment.work))
    newest = list(history.revisions)[-MOST_REVISIONS:]
    known = _members(row.video, row, jobs, newest, history.decisions, history.broken_at)
    return {**known, **seen, **_asked(items, claim, links), "opinions": _opinions(history.opinions)}


async def _sealed(call: Call, video_id: str) -> dict[str, Any]:
    if not call.viewer.has(Role.SPECIALIST):
        raise VideoSealed(video_id)
    sealed = await read_sealed(call.deployment, video_id, "console", call.resources.clock, call.viewer.who)
    row = sealed.row
    members = _members(
        row.video, row, sealed.jobs, list(sealed.revisions)[-MOST_REVISIONS:], sealed.decisions, sealed.broken_at
    )
    seen = await _seen(row, sealed.work)
    told = {"sealed": _seal_members(sealed), "opinions": _opinions(sealed.opinions)}
    return members | seen | _asked([], None, []) | told


async def _seen(row: VideoStatus, work: WorkBucket) -> dict[str, Any]:
    """What was seen in it and when, as the page of whoever reviews it shows it."""
    dataset = await read_dataset(row, work)
    return await asyncio.to_thread(_drawn, row, dataset)


def _drawn(row: VideoStatus, dataset: Dataset) -> dict[str, Any]:
    return {
        "peaks": peak_list(shown_reasons(dataset, disguised=False), dataset),
        "lanes": lanes_members(dataset, row.duration_ms),
        "frame_rate": dataset.frame_rate,
    }


def _opinions(opinions: Sequence[Opinion]) -> list[dict[str, Any]]:
    return [
        {
            "decision": opinion.decision,
            "action": str(opinion.action),
            "agrees": opinion.agrees,
            "at_ms": opinion.at_ms,
            "by": opinion.by,
            "reasons": [{"code": reason.code, "words": reason.words} for reason in opinion.reasons],
            "note": None if opinion.private is None else opinion.private.note,
            "forgotten": opinion.private is None,
        }
        for opinion in opinions
    ]


def _seal_members(sealed: SealedVideo) -> dict[str, Any]:
    return {
        **sealed.seal.members(),
        "lines": len(sealed.lines),
        "reports": [report.members() for report in sealed.reports],
        "looks": [{"at_ms": look.at_ms, "by": look.by, "how": look.how} for look in sealed.looks],
    }


def _members(
    video: Video | None,
    row: VideoStatus | None,
    jobs: Sequence[Job],
    revisions: Sequence[Revision],
    decisions: Sequence[Decision],
    broken_at: int | None,
) -> dict[str, Any]:
    withdrawn = {one.withdraws for one in decisions}
    return {
        "video_id": row.video_id if row is not None else jobs[0].key.video_id,
        "video": None if video is None else _video_members(video),
        "duration_ms": _duration_ms(row, jobs),
        "forgotten": None if row is None else tombstone_members(row),
        "status": None if row is None else status_members(row),
        "restriction": None if row is None or row.restriction is None else row.restriction.members(),
        "verdict": None if row is None else _verdict_members(row),
        "failure": None
        if row is None or row.failure is None
        else {"reason": str(row.failure.reason), "message": row.failure.message},
        "context": None if row is None or row.context is None else dict(row.context),
        "versions": [] if row is None else list(row.versions),
        "jobs": [_job_members(job) for job in jobs],
        "revisions": [revision_members(revision) for revision in revisions],
        "decisions": [decision_members(one, withdrawn=one.number in withdrawn) for one in decisions],
        "broken_at": broken_at,
        "opinions": [],
        "sealed": None,
    }


def _asked(items: Sequence[ReviewItem], claim: Claim | None, links: Sequence[SignedLink]) -> dict[str, Any]:
    """What people are asked, who is at it, and which links were signed."""
    return {
        "items": [
            {
                "item": item.name,
                "cause": str(item.cause),
                "queue": item.queue,
                "rank": item.rank,
                "created_ms": item.created_ms,
                "due_ms": item.due_ms,
                "appeal": item.appeal,
                "text": item.text,
                "asked_by": item.asked_by,
            }
            for item in items
        ],
        "claim": None if claim is None else {"by": claim.by, "item": claim.item, "claimed_ms": claim.claimed_ms},
        "links": [
            {"by": link.by, "at_ms": link.at_ms, "why": link.why, "version_id": link.version_id} for link in links
        ],
    }


def _video_members(video: Video) -> dict[str, Any]:
    return {
        "uri": video.uri,
        "bucket": video.bucket,
        "key": video.key,
        "version_id": video.version_id,
        "etag": video.etag,
        "size": video.size,
    }


def _duration_ms(row: VideoStatus | None, jobs: Sequence[Job]) -> int | None:
    if row is not None and row.duration_ms is not None:
        return row.duration_ms
    return next((job.result.duration_ms for job in jobs if job.result.duration_ms is not None), None)


def _verdict_members(row: VideoStatus) -> dict[str, Any] | None:
    verdict = row.verdict
    if verdict is None:
        return None
    return {
        "verdict": None if verdict.verdict is None else str(verdict.verdict),
        "judged_ms": verdict.judged_ms,
        "missing": [str(analysis) for analysis in verdict.missing],
        "basis": verdict.basis.members(),
        "reasons": [peak_members(reason) for reason in verdict.reasons],
    }


def _job_members(job: Job) -> dict[str, Any]:
    answer = job.newest_answer
    return {
        "analysis": str(job.analysis),
        "state": str(job.state),
        "words": describe(job),
        "attempt": job.attempt,
        "job_id": job.start.job_id,
        "model_version": job.result.model_version,
        "created_ms": job.times.created_ms,
        "settled_ms": job.times.settled_ms,
        "billed_ms": job.result.billed_ms,
        "has_result": answer is not None,
        "by": job.asked.by.batch_id,
    }
