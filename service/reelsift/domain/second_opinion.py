"""Second opinions as review items: about what somebody is asked, and how it looks to them.

Whoever gives one must not know that it is one, nor what was decided: it looks as the video did before.
"""

from collections.abc import Iterable
from dataclasses import replace

from reelsift.domain.decision import Decision
from reelsift.domain.handling import Handling
from reelsift.domain.opinion import ASKED_ABOUT, Opinion
from reelsift.domain.policy import Verdict
from reelsift.domain.review_item import PRIORITY_RANK, Disguise, ItemCause, ReviewItem, new_item, place_of
from reelsift.domain.status import Status, VideoStatus, status_of_verdict


def may_be_asked_about(decision: Decision, row: VideoStatus) -> bool:
    """Whether a decision still is what another person could agree with: it stands, and nothing was decided since."""
    hidden = row.sealed or row.video is None
    last = row.standing == row.last_decision == decision.number
    return last and not hidden and decision.action in ASKED_ABOUT


def second_opinion(
    row: VideoStatus,
    handling: Handling,
    *,
    excluded: Iterable[str],
    probability: float,
    now_ms: int,
    priority: bool = False,
) -> ReviewItem:
    """The item that asks for another person. `excluded` are the pseudonyms of all that have had a say so far. Its due
    time is when nobody is asked any more.
    """
    cause = _cause_before(row)
    queue, rank = place_of(row, cause, handling)
    item = new_item(row, ItemCause.SECOND_OPINION, handling, now_ms=now_ms, probability=probability)
    # Of what is approved people see what is drawn, and that has a probability.
    shown = (handling.audit_approvals or probability) if cause is ItemCause.SAMPLE else None
    return replace(
        item,
        rank=rank + (PRIORITY_RANK if priority else 0),
        excluded=frozenset(excluded),
        disguise=Disguise(cause, queue, now_ms + handling.due_ms(queue), shown),
    )


def disagreement(row: VideoStatus, handling: Handling, opinion: Opinion, asked: ReviewItem) -> ReviewItem:
    """The item that asks for a third person, after an opinion that does not agree. `asked` is that of the opinion."""
    item = new_item(row, ItemCause.ESCALATED, handling, now_ms=opinion.at_ms)
    return replace(
        item,
        rank=asked.rank,
        text=None if opinion.private is None else opinion.private.note,
        asked_by=opinion.by,
        excluded=asked.excluded | {opinion.principal},
        opinion=opinion.decision,
    )


def shown(item: ReviewItem) -> ReviewItem:
    """An item as whoever may have it sees it: one with a disguise as what that says."""
    if item.disguise is None:
        return item
    seen = item.disguise
    return replace(
        item,
        cause=seen.cause,
        queue=seen.queue,
        due_ms=seen.due_ms,
        probability=seen.probability,
        after_decision=0,
        excluded=frozenset(),
        given=frozenset(),
        disguise=None,
    )


def undecided(row: VideoStatus) -> VideoStatus:
    """The row of a video as if nobody had decided it: by its verdict, or its failure."""
    status = Status.IN_REVIEW
    if row.verdict is not None:
        status = status_of_verdict(row.verdict.verdict, row.verdict.rejecting) or status
    elif row.failure is not None:
        status = Status.FAILED
    return replace(
        row,
        status=status,
        restriction=None,
        reasons=(),
        last_decision=0,
        standing=0,
        known=None,
        history=(),
        unpublished=(),
        appeals=(),
    )


def _cause_before(row: VideoStatus) -> ItemCause:
    """Why people would look at a video, had nobody decided it."""
    if row.verdict is not None:
        return ItemCause.SAMPLE if row.verdict.verdict is Verdict.APPROVE else ItemCause.VERDICT
    return ItemCause.FAILED if row.failure is not None else ItemCause.REQUESTED
