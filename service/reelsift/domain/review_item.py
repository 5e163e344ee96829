"""Review items: what people are asked to look at, why, by when, and what first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reelsift.domain.handling import DEFAULT_QUEUE, SECOND_OPINIONS_QUEUE, Handling
from reelsift.domain.status import Status, VideoStatus

LONGEST_TEXT = 4000
"""Characters of a note, or of what an appeal says."""

SKIPS_KNOWN = 100
"""Reviewers that an item remembers to have skipped it, the newest."""

MOST_RANK = 10_000
"""That of a label at 100 with the greatest weight."""

PRIORITY_RANK = 100_000
"""Added for a video of a batch with priority: it goes before all others of its queue."""

_MIDDLING = 50.0
"""The confidence with which a video counts that has no reason, as one whose verdict is incomplete."""

_CERTAIN = 100.0
"""That of a video that somebody has asked for by name."""


class ItemCause(StrEnum):
    """Why a person should look. Of each cause a video has one open item at most, and one of each appeal."""

    VERDICT = "verdict"
    """The policy could not clear it, or would reject it."""
    FAILED = "failed"
    """It could not be analysed, for a reason that people look at."""
    SAMPLE = "sample"
    """It is approved, and was drawn to be looked at all the same."""
    SECOND_OPINION = "second_opinion"
    """Somebody has decided, and another person is to say what they would have."""
    ESCALATED = "escalated"
    """Who looked has passed it on."""
    APPEAL = "appeal"
    """Somebody objects to a decision."""
    CONTRADICTED = "contradicted"
    """It was decided, and what is known now is graver than what was known then."""
    REQUESTED = "requested"
    """Somebody asked for it."""


OWN_QUEUES: Mapping[ItemCause, str] = {
    ItemCause.FAILED: "failures",
    ItemCause.SAMPLE: "samples",
    ItemCause.SECOND_OPINION: SECOND_OPINIONS_QUEUE,
    ItemCause.ESCALATED: "escalated",
    ItemCause.APPEAL: "appeals",
}
"""Queues of one cause. Items of all other causes wait by what is seen in the video."""

UNPLAYABLE_QUEUE = "unplayable"
"""Where a video waits that a reviewer's browser could not play: for whoever may download it."""


@dataclass(frozen=True, slots=True)
class Parked:
    """That an item waits for one person until a time (epoch milliseconds): `for_whom`, as `by`, who has parked it,
    wanted. Both are pseudonyms under which people decide.
    """

    for_whom: str
    by: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Disguise:
    """As what an item is shown to whoever is given it: members of a ReviewItem."""

    cause: ItemCause
    queue: str
    due_ms: int
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A reason to look at a video.

    `rank` is higher for what goes first. Times are in epoch milliseconds; `due_ms` is by when it should be decided.
    `appeal` is the id of the appeal. `text` is what whoever asked for it wrote, and `asked_by` their pseudonym.
    `excluded` are pseudonyms of those who are never given it. `probability` is that with which it was drawn (0-1).
    `after_decision` is the number of the last decision when it was opened. `skipped` has the days (UTC, ISO 8601) on
    which reviewers have skipped it, by pseudonym. `categories` are the top levels of what the verdict was given for
    when the item was opened. One that is `parked` is given to nobody else meanwhile.

    A second opinion has a `disguise`, and `given` are the pseudonyms of those who have had it. `opinion` is the number
    of the decision about which two people disagree, of an item that asks for a third.
    """

    video_id: str
    cause: ItemCause
    queue: str
    rank: int
    created_ms: int
    due_ms: int
    appeal: str | None = None
    text: str | None = None
    asked_by: str | None = None
    excluded: frozenset[str] = frozenset()
    probability: float | None = None
    after_decision: int = 0
    skipped: Mapping[str, str] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    parked: Parked | None = None
    disguise: Disguise | None = None
    given: frozenset[str] = frozenset()
    opinion: int | None = None

    @property
    def name(self) -> str:
        """What tells it from the other items of its video."""
        return str(self.cause) if self.appeal is None else f"{self.cause}#{self.appeal}"

    @property
    def order(self) -> str:
        """By which the items of a queue are sorted: the highest rank first, and of equal ones the oldest."""
        return f"{PRIORITY_RANK + MOST_RANK - self.rank:06d}#{self.created_ms:013d}#{self.video_id}#{self.name}"

    def may_be_given_to(self, principal: str, today: str) -> bool:
        """Whether a reviewer may have it: neither excluded, nor has skipped it today (a day, UTC, in ISO 8601)."""
        return principal not in self.excluded and self.skipped.get(principal) != today

    def waits_for_another(self, by: str, now_ms: int) -> bool:
        """Whether it is parked for somebody else than this pseudonym. Nothing has to happen for that to end."""
        return self.parked is not None and self.parked.for_whom != by and now_ms < self.parked.until_ms

    def turn_of(self, by: str, now_ms: int) -> int:
        """In which turn it is offered to somebody who may have it: first what colleagues have parked for them, and last
        what they have put off themselves.
        """
        if self.parked is None or now_ms >= self.parked.until_ms:
            return 1
        return 2 if self.parked.by == by else 0


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to decide a video while its reviewer is at it. All of its items wait for nobody else meanwhile.

    `counter` goes up with each renewal: whoever has seen it stand still for long enough may end the claim. `opened`
    counts the items that were opened meanwhile: whoever ends the claim has to have seen them all. `principal` is the
    pseudonym of who has it, `by` that under which they decide. Times are of the reviewer's machine (epoch
    milliseconds): nothing is decided by them.
    """

    video_id: str
    claim_id: str
    item: str
    """The name of the item that was given."""
    principal: str
    by: str
    counter: int
    claimed_ms: int
    renewed_ms: int
    opened: int = 0


def asked_for(row: VideoStatus, handling: Handling, *, drawn: bool) -> frozenset[ItemCause]:
    """The causes for which the status of a video asks for an item. `drawn` is whether it is among the approvals that
    people look at. What is asked for by hand is not among them.
    """
    causes = {ItemCause.VERDICT, ItemCause.FAILED, ItemCause.ESCALATED, ItemCause.CONTRADICTED}
    if drawn:
        causes.add(ItemCause.SAMPLE)
    if row.failure is None or row.failure.reason not in handling.on_failed:
        causes.discard(ItemCause.FAILED)
    return frozenset(cause for cause in causes if not _is_over(cause, row))


def is_over(item: ReviewItem, row: VideoStatus) -> bool:
    """Whether an open item is no longer asked for, as the video's row is now."""
    if item.cause is ItemCause.APPEAL:
        # It objects to what was decided, which stands even where nothing names the object any more.
        return row.sealed
    if item.cause is ItemCause.SECOND_OPINION or item.opinion is not None:
        # Each is about one decision, and over with whatever people decide next.
        return _is_hidden(row) or row.last_decision != item.after_decision
    if item.cause is ItemCause.REQUESTED:
        return _is_hidden(row) or row.standing > item.after_decision
    return _is_over(item.cause, row)


_ASKED_BY: Mapping[ItemCause, tuple[Status, bool]] = {
    ItemCause.VERDICT: (Status.IN_REVIEW, False),
    ItemCause.FAILED: (Status.FAILED, False),
    ItemCause.SAMPLE: (Status.APPROVED, False),
    ItemCause.ESCALATED: (Status.IN_REVIEW, True),
}
"""The status that asks for an item, and whether it is by a decision."""


def _is_over(cause: ItemCause, row: VideoStatus) -> bool:
    if _is_hidden(row):
        return True
    if cause in _ASKED_BY:
        return (row.status, row.standing > 0) != _ASKED_BY[cause]
    # All others end by what people say, whatever the status is.
    return cause is ItemCause.CONTRADICTED and not _is_contradicted(row)


def _is_contradicted(row: VideoStatus) -> bool:
    """Whether people have decided that a video may be shown, and more is known against it by now."""
    shown = row.standing > 0 and row.status in {Status.APPROVED, Status.RESTRICTED}
    return shown and row.known is not None and row.known.is_less_grave_than(row.verdict)


def _is_hidden(row: VideoStatus) -> bool:
    """Whether nothing of it is for reviewers: sealed; or forgotten or restored, so that nothing names the object."""
    return row.sealed or row.video is None


def new_item(
    row: VideoStatus,
    cause: ItemCause,
    handling: Handling,
    *,
    now_ms: int,
    priority: bool = False,
    probability: float | None = None,
) -> ReviewItem:
    """An item that the status of a video asks for, or a person. `priority` is that of the batch that asked last."""
    queue, rank = place_of(row, cause, handling)
    return ReviewItem(
        video_id=row.video_id,
        cause=cause,
        queue=queue,
        rank=rank + (PRIORITY_RANK if priority else 0),
        created_ms=now_ms,
        due_ms=now_ms + handling.due_ms(queue),
        probability=probability,
        after_decision=row.last_decision,
        categories=categories_of(row),
    )


def categories_of(row: VideoStatus) -> tuple[str, ...]:
    """The top levels of what the verdict of a video was given for, each once."""
    reasons = () if row.verdict is None else row.verdict.reasons
    return tuple(dict.fromkeys(reason.path[0] for reason in reasons))


def place_of(row: VideoStatus, cause: ItemCause, handling: Handling) -> tuple[str, int]:
    """The queue and the rank: those of the reason that weighs most, where the verdict has reasons."""
    queue, weighs = DEFAULT_QUEUE, _MIDDLING
    reasons = () if row.verdict is None else row.verdict.reasons
    if reasons:
        placed = [(handling.queue_of(reason.path), reason.max_confidence) for reason in reasons]
        weighs, queue = max(
            ((weight * confidence, queue) for (queue, weight), confidence in placed), key=lambda place: place[0]
        )
    if cause is ItemCause.REQUESTED:
        weighs = max(weighs, _CERTAIN)
    return OWN_QUEUES.get(cause, queue), min(MOST_RANK, max(0, round(weighs * 10)))


def skipped_by(item: ReviewItem, principal: str, today: str) -> Mapping[str, str]:
    """Who has skipped an item, with one more; SKIPS_KNOWN at most, those of the newest days."""
    known = {**item.skipped, principal: today}
    newest = sorted(known, key=lambda name: (known[name], name == principal))[-SKIPS_KNOWN:]
    return {name: known[name] for name in newest}
