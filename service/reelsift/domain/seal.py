"""What it means that a video is sealed: who is no specialist learns that it is, its status and its revisions' numbers.

Pure. A seal is put on by an escalation of a kind, and holds until that is withdrawn or a later decision says that the
video may be shown, or that reviewers are to look at it.
"""

from collections.abc import Sequence
from dataclasses import replace

from reelsift.domain.decision import Decision
from reelsift.domain.status import By, Cause, Revision, Status, Unpublished, VideoStatus


def is_sealed_by(decisions: Sequence[Decision], *, without: int = 0) -> bool:
    """Whether a video is sealed by all that was decided of it, in the order of numbers, once the decision `without` is
    withdrawn too.
    """
    withdrawn = {without, *(decision.withdraws for decision in decisions)}
    for decision in reversed(decisions):
        if decision.number in withdrawn or decision.status is None:
            continue
        if decision.kind is not None:
            return True
        if decision.status is not Status.REJECTED:
            return False
    return False


def hidden(row: VideoStatus) -> VideoStatus:
    """What everybody may know of a sealed video: that it is sealed, its status, and what is still to be told of that.

    It names neither the object nor anybody, says nothing of what was seen, and has one revision of the history, or more
    where these are unpublished: their numbers and times.
    """
    told = {event.revision.number for event in row.unpublished}
    kept = [each for each in row.history if each.number in told or each.number == row.revision]
    return VideoStatus(
        video_id=row.video_id,
        video=None,
        status=row.status,
        revision=row.revision,
        last_decision=row.last_decision,
        sealed=True,
        history=tuple(map(_bare, kept)),
        unpublished=tuple(map(bare, row.unpublished)),
        appeals=tuple(replace(appeal, by=By(), restriction=None, reasons=()) for appeal in row.appeals),
        more_events=row.more_events,
        tell_at_ms=row.tell_at_ms,
        tell_tries=row.tell_tries,
        edition=row.edition,
    )


def bare(event: Unpublished) -> Unpublished:
    """What is left to be told of a revision."""
    return replace(event, revision=_bare(event.revision), previous=None, reasons=())


def _bare(revision: Revision) -> Revision:
    """The cause is that of nearly all: whether it was another is nobody's business."""
    return Revision(revision.number, revision.status, revision.at_ms, By(), Cause.DECISION)
