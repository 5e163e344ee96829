"""Second opinions: what another person says of a video that was decided. Each is one transaction, and changes no
status.

Whoever is given a video for one does not know it: what they decide of it is taken down as their opinion.
"""

import secrets
from dataclasses import dataclass

from reelsift.aws.decisions import Decisions, Keyed
from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.opinions import Opinions
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import TransactionRefused
from reelsift.domain.decision import Decision, Private, digest_of
from reelsift.domain.decision_request import DecisionRequest
from reelsift.domain.opinion import OPINIONS, Opinion, agree
from reelsift.domain.reason_catalogue import DecisionReason
from reelsift.domain.review_item import Claim, ReviewItem, is_over
from reelsift.domain.second_opinion import shown
from reelsift.domain.status import VideoStatus
from reelsift.errors import (
    NoOpinionAsked,
    NothingKnown,
    OpinionStands,
    OtherContent,
    OwnDecision,
    OwnDisagreement,
    VideoSealed,
)
from reelsift.reviews.evidence import ReadEvidence
from reelsift.reviews.items import Items
from reelsift.reviews.reviewer import Reviewer
from reelsift.runtime.clock import Clock

OPINE_TRIES = 20
"""An opinion on a video that others write meanwhile is tried so often."""

_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Opined:
    """An opinion that stands in the table, and the row of its video, which it has not changed. `repeated` where it
    stood there before: the same was asked for under the same key. `interrupted` is somebody else who was at the video,
    and whose claim on it has ended.
    """

    opinion: Opinion
    row: VideoStatus
    repeated: bool = False
    interrupted: Claim | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """That somebody was given a video for a second opinion, without having seen what stands, and whether that is still
    asked for.
    """

    is_open: bool


class Opining:
    """Takes opinions down. Any number of these may be at work at the same time, beside others that decide."""

    def __init__(
        self,
        *,
        reviews: Reviews,
        decisions: Decisions,
        opinions: Opinions,
        items: Items,
        read_evidence: ReadEvidence,
        undo_ms: int,
        clock: Clock,
    ) -> None:
        """`undo_ms` is for how long an opinion can be taken back."""
        self._reviews = reviews
        self._decisions = decisions
        self._opinions = opinions
        self._items = items
        self._read_evidence = read_evidence
        self._undo_ms = undo_ms
        self._clock = clock

    async def given(self, row: VideoStatus, request: DecisionRequest, who: Reviewer) -> Given | None:
        """Whether somebody who is about to decide a video was given it for a second opinion, and has not seen what
        stands. Raises OwnDisagreement where they take part in one that a third person is to settle.
        """
        if not row.standing or request.action not in OPINIONS:
            return None
        open_items, asked = await self._items.with_second_opinion(row.video_id)
        if request.kind is None:
            _check_disagreement(open_items, row, who)
        if request.seen not in {None, 0} or asked is None or who.principal not in asked.given:
            return None
        is_open = asked in open_items and not is_over(asked, row)
        claim = await self._items.claim_of(row.video_id)
        if claim is not None and claim.principal == who.principal and not (is_open and claim.item == shown(asked).name):
            # They were given it for another reason since, and have seen what stands.
            return None
        return Given(is_open)

    async def opine(
        self,
        video_id: str,
        request: DecisionRequest,
        reasons: tuple[DecisionReason, ...],
        who: Reviewer,
        *,
        key: tuple[str, str] | None = None,
    ) -> Opined:
        """Take an opinion down. `reasons` are those of the request. `key` is the caller's name for this request, which
        was not used yet, and the digest of what was asked for.

        Raises NothingKnown, VideoSealed, OtherContent; NoOpinionAsked, and OwnDecision for who has had a say.
        """
        for _ in range(OPINE_TRIES):
            row = await self._reviews.get(video_id)
            if row is None:
                raise NothingKnown(video_id)
            asked, decision = await self._asked(row, request, who)
            opinion = await self._made(row, decision, asked, request, reasons, who)
            claim = await self._items.claim_of(video_id)
            parts = await self._items.opinion_parts(row, asked, opinion)
            parts["opinion"] = self._opinions.put_item(opinion)
            if key is not None:
                name, digest = key
                keyed = Keyed(video_id, opinion.decision, digest, opinion=True)
                parts["key"] = self._decisions.key_item(name, keyed)
            try:
                await self._reviews.table.transact(parts)
            except TransactionRefused as refusal:
                if "key" in refusal.parts:
                    # Somebody was first under this key: whoever asks looks there again.
                    raise
                continue
            return Opined(
                opinion, row, interrupted=None if claim is None or claim.principal == who.principal else claim
            )
        raise AwsUnavailable(f"what is asked of video {video_id} changes all the time")

    async def take_back(self, video_id: str, decision: int, who: Reviewer) -> None:
        """Take an opinion back at once, as if it had never been given: the video waits for one again. Raises
        OpinionStands where it is not theirs, or too late: also where somebody has decided since, or is at the video.
        """
        for _ in range(OPINE_TRIES):
            row = await self._reviews.get(video_id)
            opinion = await self._opinions.get(video_id, decision)
            own = opinion is not None and (opinion.principal, opinion.by) == (who.principal, who.by)
            if row is None or row.sealed or opinion is None or not own:
                raise OpinionStands(video_id)
            open_items, asked = await self._items.with_second_opinion(video_id)
            late = opinion.at_ms + self._undo_ms <= self._clock.now_ms()
            if late or asked is None or asked in open_items or is_over(asked, row):
                raise OpinionStands(video_id)
            parts = await self._items.taken_back_parts(row, asked)
            if parts is None:
                raise OpinionStands(video_id)
            try:
                await self._reviews.table.transact({**parts, "opinion": self._opinions.take_back_item(opinion)})
            except TransactionRefused:
                continue
            return
        raise AwsUnavailable(f"what is asked of video {video_id} changes all the time")

    async def done(self, keyed: Keyed) -> Opined:
        """What was taken down under a key before. Raises VideoSealed."""
        opinion = await self._opinions.get(keyed.video_id, keyed.number)
        row = await self._reviews.get(keyed.video_id)
        if opinion is None and row is not None and row.sealed:
            raise VideoSealed(keyed.video_id)
        assert opinion is not None and row is not None  # noqa: S101, PT018 - they were written with the key
        return Opined(opinion, row, repeated=True)

    async def _asked(self, row: VideoStatus, request: DecisionRequest, who: Reviewer) -> tuple[ReviewItem, Decision]:
        """The item that asks for the opinion, and the decision that it is about."""
        if row.sealed:
            raise VideoSealed(row.video_id)
        if request.etag is not None and row.video is not None and row.video.etag != request.etag:
            raise OtherContent(row.video_id, row.video.etag, request.etag)
        open_items, asked = await self._items.with_second_opinion(row.video_id)
        if asked is None or asked not in open_items or is_over(asked, row):
            raise NoOpinionAsked(row.video_id)
        if who.principal in asked.excluded:
            raise OwnDecision(row.video_id)
        decision = await self._decisions.get(row.video_id, row.standing)
        if decision is None:
            raise NoOpinionAsked(row.video_id)
        return asked, decision

    async def _made(
        self,
        row: VideoStatus,
        decision: Decision,
        asked: ReviewItem,
        request: DecisionRequest,
        reasons: tuple[DecisionReason, ...],
        who: Reviewer,
    ) -> Opinion:
        evidence = await self._read_evidence(row)
        known = None if evidence is None else {"sha256": digest_of(evidence)}
        etag = None if row.video is None else row.video.etag
        private = Private(secrets.token_hex(_SALT_BYTES), etag, request.note, known)
        return Opinion(
            video_id=row.video_id,
            decision=decision.number,
            action=request.action,
            by=who.by,
            principal=who.principal,
            at_ms=self._clock.now_ms(),
            agrees=agree(decision, request.action, request.restriction),
            restriction=request.restriction,
            reasons=reasons,
            probability=asked.probability,
            private_digest=private.digest,
            private=private,
        )


def _check_disagreement(items: list[ReviewItem], row: VideoStatus, who: Reviewer) -> None:
    for item in items:
        if item.opinion is not None and who.principal in item.excluded and not is_over(item, row):
            raise OwnDisagreement(row.video_id, item.opinion)
