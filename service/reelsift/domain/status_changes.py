"""How a video's status changes: what verdicts, failures, decisions and withdrawals make of its row.

Pure: each returns the row as it is to be written. Where status or restriction change, it has the next revision and what
its event says in `unpublished`; where they do not, it has neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reelsift.domain.context import Context
from reelsift.domain.failure import Failure
from reelsift.domain.job import Job
from reelsift.domain.line import LineId
from reelsift.domain.status import (
    By,
    Cause,
    Known,
    Restriction,
    Revision,
    Status,
    StatusReason,
    Unpublished,
    VideoStatus,
    status_of_verdict,
    with_version,
)
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import NO_STATUS, VideoVerdict


def asked(row: VideoStatus, jobs: Iterable[Job]) -> VideoStatus:
    """What the lines that asked for the jobs of a video say of it: the versions that they named, and what the one that
    asked last brought along.
    """
    ordered = sorted(jobs, key=lambda job: job.asked.at_ms)
    for job in ordered:
        row = replace(row, versions=with_version(row.versions, job.video.version_id))
    last = ordered[-1].asked
    return replace(row, asked_by=(last.by.batch_id, last.by.line), context=last.context)


def judged(
    row: VideoStatus, verdict: VideoVerdict, *, duration_ms: int | None = None, cause: Cause = Cause.VERDICT
) -> VideoStatus:
    """A verdict was made, for this cause. Where a decision stands, the status stays whatever the verdict is; where the
    policy clears no video, it stays what it was.
    """
    changed = replace(
        row,
        video=verdict.video,
        verdict=verdict,
        failure=None,
        duration_ms=duration_ms if duration_ms is not None else row.duration_ms,
        versions=with_version(row.versions, verdict.video.version_id),
    )
    status = status_of_verdict(verdict.verdict, verdict.rejecting)
    if row.standing or status is None:
        return changed
    return _turned(
        changed,
        status,
        None,
        cause=cause,
        by=_policy(verdict),
        at_ms=verdict.judged_ms,
        reasons=[StatusReason.of(peak) for peak in verdict.reasons],
    )


def failed(
    row: VideoStatus,
    failure: Failure,
    *,
    video: Video,
    policy: By,
    at_ms: int,
    asked_by: tuple[LineId, Context | None] | None = None,
) -> VideoStatus:
    """An analysis that the policy needs has ended without an answer, and none is open. That is a status only where the
    video never had an answer, and no other: so a repeated analysis that fails makes nothing readable.
    """
    if row.verdict is not None or failure.reason in NO_STATUS:
        return row
    changed = replace(row, video=video, failure=failure, versions=with_version(row.versions, video.version_id))
    if asked_by is not None:
        line, context = asked_by
        changed = replace(changed, asked_by=(line.batch_id, line.line), context=context)
    if row.status not in {None, Status.FAILED} or row.standing:
        return changed
    reasons = [StatusReason.of_failure(failure.reason)]
    return _turned(changed, Status.FAILED, None, cause=Cause.FAILED, by=policy, at_ms=at_ms, reasons=reasons)


def decided(
    row: VideoStatus,
    status: Status,
    *,
    number: int,
    by: By,
    at_ms: int,
    restriction: Restriction | None = None,
    reasons: Sequence[StatusReason] = (),
    cause: Cause = Cause.DECISION,
    tell_at_ms: int | None = None,
    seal: bool = False,
) -> VideoStatus:
    """A person has decided: decision `number`, which stands from now on. Its event waits until `tell_at_ms` (epoch
    milliseconds), if that is given. With `seal` the video is sealed; what leaves it `rejected` takes no seal away.
    """
    changed = replace(
        row,
        last_decision=number,
        standing=number,
        known=Known.of(row.verdict),
        sealed=seal or (row.sealed and status is Status.REJECTED),
        reasons=tuple(reasons),
    )
    return _turned(
        changed,
        status,
        restriction,
        cause=cause,
        by=by,
        at_ms=at_ms,
        reasons=reasons,
        decision=number,
        tell_at_ms=tell_at_ms,
    )


def withdrawn(
    row: VideoStatus,
    *,
    number: int,
    withdraws: int,
    by: By,
    at_ms: int,
    standing: int = 0,
    status: Status | None = None,
    restriction: Restriction | None = None,
    reasons: Sequence[StatusReason] = (),
    tell_at_ms: int | None = None,
    seal: bool = False,
) -> VideoStatus:
    """Decision `number` has withdrawn decision `withdraws`. After it the latest that is not withdrawn stands:
    `standing`, with its `status` and `restriction`, or none (0): then the status is by the verdict, or by the failure,
    and without either a person has to look. With `seal` the video is sealed all the same.

    The event of the withdrawn decision is taken back if nobody is about to tell it. If the status is then what the
    last event before has told, the withdrawal is not told either.
    """
    # Whoever withdraws has seen what is known now.
    known = Known.of(row.verdict) if standing else None
    changed = replace(row, last_decision=number, standing=standing, known=known, sealed=seal, reasons=())
    if not standing or status is None:
        status, restriction, reasons = _undecided(row)
    else:
        changed = replace(changed, reasons=tuple(reasons))
    last = row.unpublished[-1] if row.unpublished else None
    now = _turned(
        changed,
        status,
        restriction,
        cause=Cause.WITHDRAWN,
        by=by,
        at_ms=at_ms,
        reasons=reasons,
        decision=number,
        tell_at_ms=tell_at_ms,
    )
    if now is changed or last is None or not _can_be_taken_back(last, row, withdraws):
        return now
    others, own = row.unpublished[:-1], now.unpublished[-1]
    before = row.history[-2] if len(row.history) > 1 else None
    if before is not None and (before.status, before.restriction) == (status, restriction):
        return replace(now, unpublished=others)
    return replace(now, unpublished=(*others, replace(own, previous=last.previous)))


def _can_be_taken_back(last: Unpublished, row: VideoStatus, withdraws: int) -> bool:
    """Whether the newest revision is that of the decision which is withdrawn, and nobody has told it or is about to."""
    made = last.revision
    return (
        (made.number, made.decision) == (row.revision, withdraws) and last.tell_at_ms is not None and not last.claimed
    )


def newest_event(row: VideoStatus) -> Unpublished | None:
    """The event of the status that a video has now, as it is said again; None where it has none."""
    if not row.history:
        return None
    before = row.history[-2].status if len(row.history) > 1 else None
    reasons = row.reasons
    if not reasons and not row.standing and row.verdict is not None and row.status is not Status.FAILED:
        reasons = tuple(StatusReason.of(peak) for peak in row.verdict.reasons)
    elif not reasons and row.status is Status.FAILED and row.failure is not None:
        reasons = (StatusReason.of_failure(row.failure.reason),)
    return Unpublished(row.history[-1], before, reasons)


def _undecided(row: VideoStatus) -> tuple[Status, Restriction | None, Sequence[StatusReason]]:
    """The status where no decision stands."""
    verdict = row.verdict
    status = None if verdict is None else status_of_verdict(verdict.verdict, verdict.rejecting)
    if verdict is not None and status is not None:
        return status, None, [StatusReason.of(peak) for peak in verdict.reasons]
    if verdict is None and row.failure is not None:
        return Status.FAILED, None, [StatusReason.of_failure(row.failure.reason)]
    return Status.IN_REVIEW, None, ()


def _turned(
    row: VideoStatus,
    status: Status,
    restriction: Restriction | None,
    *,
    cause: Cause,
    by: By,
    at_ms: int,
    reasons: Sequence[StatusReason],
    decision: int = 0,
    tell_at_ms: int | None = None,
) -> VideoStatus:
    """The row with the next revision, if this is another status than it has."""
    if (status, restriction) == (row.status, row.restriction):
        return row
    revision = Revision(row.revision + 1, status, at_ms, by, cause, restriction, decision)
    event = Unpublished(revision, row.status, tuple(reasons), tell_at_ms)
    if tell_at_ms is None:
        looked_at = row.tell_at_ms
    else:
        looked_at = tell_at_ms if row.tell_at_ms is None else min(row.tell_at_ms, tell_at_ms)
    return replace(
        row,
        status=status,
        restriction=restriction,
        revision=revision.number,
        history=(*row.history, revision),
        unpublished=(*row.unpublished, event),
        tell_at_ms=looked_at,
    )


def _policy(verdict: VideoVerdict) -> By:
    return By(policy=verdict.basis.policy, epoch=verdict.basis.epoch)
