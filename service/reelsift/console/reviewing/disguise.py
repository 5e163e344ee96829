"""Items that look like any other: of approvals that are looked at all the same, and of second opinions.

Who knew that they are asked for a video that somebody, or the policy, has decided already would look at it with other
eyes. Second opinions come disguised from where they are given out; what is left to hide is that a video was approved.
"""

from collections.abc import Sequence
from dataclasses import replace

from reelsift.domain.handling import DEFAULT_QUEUE, Handling
from reelsift.domain.policy import Verdict
from reelsift.domain.review_item import OWN_QUEUES, ItemCause, ReviewItem
from reelsift.domain.status import Status, VideoStatus
from reelsift.reviews.claims import Claimed

DISGUISED: frozenset[ItemCause] = frozenset({ItemCause.SAMPLE, ItemCause.SECOND_OPINION})

HIDDEN_QUEUES = frozenset(OWN_QUEUES[cause] for cause in DISGUISED)
"""Queues of which reviewers are not told. What waits there counts as DEFAULT_QUEUE's."""

_SAMPLES = OWN_QUEUES[ItemCause.SAMPLE]


def disguise(claimed: Claimed, handling: Handling) -> Claimed:
    """What a reviewer is shown of what they were given; by `handling` the disguise is due as others are."""
    others = tuple(item for item in claimed.others if item.cause not in DISGUISED)
    if claimed.item.cause not in DISGUISED:
        return replace(claimed, others=others)
    return replace(claimed, item=_item(claimed.item, handling), row=_row(claimed.row), others=others)


def with_hidden(queues: Sequence[str]) -> list[str]:
    """The queues that somebody gets who asks for these. Second opinions are given out with whatever they look like."""
    return [*queues, _SAMPLES] if DEFAULT_QUEUE in queues else list(queues)


def visible(queues: Sequence[str]) -> list[str]:
    """The queues of which reviewers are told; the common one always."""
    shown = [queue for queue in queues if queue not in HIDDEN_QUEUES]
    return shown if DEFAULT_QUEUE in shown else [DEFAULT_QUEUE, *shown]


def _item(item: ReviewItem, handling: Handling) -> ReviewItem:
    due_ms = item.created_ms + handling.due_ms(DEFAULT_QUEUE)
    return replace(item, cause=ItemCause.VERDICT, queue=DEFAULT_QUEUE, due_ms=due_ms, probability=None)


def _row(row: VideoStatus) -> VideoStatus:
    verdict = row.verdict
    if verdict is not None and verdict.verdict is Verdict.APPROVE:
        verdict = replace(verdict, verdict=Verdict.REVIEW)
    # Nothing that was decided stands, or nobody would look. What was taken back again is no secret, and has to be known
    # to whoever decides.
    return replace(row, verdict=verdict, status=Status.IN_REVIEW, restriction=None, reasons=(), standing=0)
