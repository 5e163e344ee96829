"""Decisions: each is one transaction, of which all is written or nothing.

It is conditional on the row of the video being as it was read, and that is tried again for as long as only the status
has moved: a changed verdict refuses nobody. Another decision does: whoever decides is told of it.
"""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Protocol

from reelsift.aws.decisions import Decisions, Keyed, Undrawn
from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import Item, TransactionRefused
from reelsift.domain.decision import FIRST, OF_APPEALS, Action, Decision, Private, status_of
from reelsift.domain.decision_request import DecisionRequest
from reelsift.domain.opinion import ASKED_ABOUT
from reelsift.domain.reason_catalogue import DecisionReason, ReasonCatalogue, UnknownReason
from reelsift.domain.review_item import Claim, ReviewItem
from reelsift.domain.seal import is_sealed_by
from reelsift.domain.status import AppealDecided, By, Known, Restriction, Status, StatusReason, VideoStatus
from reelsift.domain.status_changes import decided, withdrawn
from reelsift.errors import (
    AlreadyWithdrawn,
    AppealsUntold,
    DecidedMeanwhile,
    KeyUsed,
    NoOpinionAsked,
    NoSuchAppeal,
    NoSuchDecision,
    NoSuchReason,
    NothingKnown,
    NotWithdrawable,
    OpinionStands,
    OtherContent,
    OwnAppeal,
    VideoSealed,
)
from reelsift.reviews.evidence import ReadEvidence
from reelsift.reviews.opining import Opined, Opining
from reelsift.reviews.reviewer import Reviewer
from reelsift.reviews.target import Target
from reelsift.runtime.clock import Clock

DECIDE_TRIES = 20
"""A decision whose video others write meanwhile is tried so often; each time the status has moved on."""

MOST_UNTOLD_APPEALS = 20
"""Of one video: more are decided once the bus has taken these."""

AT_ONCE_MS = 0
"""When a row is looked after of which something is told at once: the clock of whoever decides has no say in that."""

_SALT_BYTES = 16


class ReviewItemParts(Protocol):
    """What becomes of what people are asked about a video, once one has answered."""

    async def decision_parts(self, now: VideoStatus, *, appeal: str | None = None) -> Mapping[str, Item]:
        """For the transaction that makes a row what it is `now`: open items that are not asked for any more, that of
        the appeal too, and the claim on the video, closed; what is to be asked next, opened.
        """
        ...

    async def claim_of(self, video_id: str) -> Claim | None:
        """Who is at a video now."""
        ...

    async def of_video(self, video_id: str) -> Sequence[ReviewItem]:
        """Its open items."""
        ...

    async def second_opinions(self) -> float:
        """The share (0-1) of decisions about which another person is asked."""
        ...


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that stands in the table, and the row of its video after it. `repeated` where it stood there before:
    the same was asked for under the same key. `interrupted` is somebody else who was at the video, and whose claim on
    it has ended by the decision.
    """

    decision: Decision
    row: VideoStatus
    repeated: bool = False
    interrupted: Claim | None = None


@dataclass(frozen=True, slots=True)
class _Stands:
    """The decision by which the status is once another was withdrawn; none where it is by the verdict. `seal` is
    whether the video is sealed then.
    """

    number: int = 0
    status: Status | None = None
    restriction: Restriction | None = None
    reasons: tuple[DecisionReason, ...] = ()
    seal: bool = False


class Deciding:
    """Carries out what people decide. Any process may, at any time, beside workers and beside others that decide."""

    def __init__(
        self,
        *,
        reviews: Reviews,
        decisions: Decisions,
        items: ReviewItemParts | None,
        read_evidence: ReadEvidence,
        catalogue: ReasonCatalogue,
        undo_ms: int,
        clock: Clock,
        opining: Opining | None = None,
        of_sealed: bool = False,
    ) -> None:
        """`items` is None where nobody is asked about videos, `opining` where nobody gives second opinions. `undo_ms`
        is how long the event of a decision waits, so that it can be taken back: by a `clock` that workers, which tell
        it, agree with. `of_sealed` is for specialists, with the stores of what is sealed.
        """
        self._reviews = reviews
        self._decisions = decisions
        self._items = items
        self._read_evidence = read_evidence
        self._catalogue = catalogue
        self._undo_ms = undo_ms
        self._clock = clock
        self._opining = opining
        self._of_sealed = of_sealed

    async def decide(
        self, target: Target, request: DecisionRequest, who: Reviewer, *, key: str | None = None
    ) -> Decided | Opined:
        """Decide a video. `key` is the caller's name for this request: under it, it is carried out once.

        Whoever was given the video for a second opinion, and decides without having seen the decision that stands, has
        given that opinion: it changes no status. An escalation of a kind is carried out all the same.

        Raises DecidedMeanwhile where another decision was made than the last that was seen, or that there was when this
        one was begun; KeyUsed; NoSuchReason; NoSuchDecision, AlreadyWithdrawn and NotWithdrawable; OtherContent;
        VideoSealed; NothingKnown; of appeals NoSuchAppeal, OwnAppeal and AppealsUntold; OwnDisagreement.
        """
        reasons = self._reasons(request)
        asked = request.digest(target.video_id, who.by)
        seen = request.seen
        for _ in range(DECIDE_TRIES):
            if key is not None and (done := await self._done(key, asked)) is not None:
                return done
            was = await self._reviews.get(target.video_id)
            row = self._row(target, was)
            given = None if self._opining is None else await self._opining.given(row, request, who)
            if self._opining is not None and given is not None and given.is_open and request.kind is None:
                with suppress(TransactionRefused, NoOpinionAsked):
                    named = None if key is None else (key, asked)
                    return await self._opining.opine(row.video_id, request, reasons, who, key=named)
                # Somebody was first, and whoever decides here has seen nothing of it.
                seen = 0
                continue
            if given is not None:
                # They have not seen what stands: that matters only to whoever wants to change it.
                seen = row.last_decision if request.kind is not None else 0
            if seen is None:
                seen = row.last_decision
            await self._check(row, request, seen)
            await self._check_appeal(row, request, who)
            try:
                return await self._write(row, was, request, reasons, who, key, asked)
            except TransactionRefused:
                continue
        raise AwsUnavailable(f"the status of video {target.video_id} changes all the time")

    def _reasons(self, request: DecisionRequest) -> tuple[DecisionReason, ...]:
        try:
            # Examples are for those who choose a reason.
            return tuple(replace(reason, examples=()) for reason in self._catalogue.reasons(request.reasons))
        except UnknownReason as unknown:
            raise NoSuchReason(unknown.code, unknown.codes) from None

    async def opine(self, target: Target, request: DecisionRequest, who: Reviewer, *, key: str | None = None) -> Opined:
        """Give a second opinion on a video that was decided, whether it was given to them or not. `key` as in `decide`.

        Raises NothingKnown, VideoSealed, OtherContent, NoSuchReason, KeyUsed; NoOpinionAsked where nobody is asked for
        one, and OwnDecision where they have had a say.
        """
        if self._opining is None:
            raise NoOpinionAsked(target.video_id)
        reasons = self._reasons(request)
        asked = request.digest(target.video_id, who.by)
        for _ in range(DECIDE_TRIES):
            if key is not None and (done := await self._done(key, asked)) is not None:
                if isinstance(done, Opined):
                    return done
                raise KeyUsed(key, done.decision.video_id, done.decision.number)
            with suppress(TransactionRefused):
                named = None if key is None else (key, asked)
                return await self._opining.opine(target.video_id, request, reasons, who, key=named)
        raise AwsUnavailable(f"the status of video {target.video_id} changes all the time")

    async def take_back_opinion(self, video_id: str, decision: int, who: Reviewer) -> None:
        """Take back the opinion on a decision, within the time in which decisions are taken back unheard. Raises
        OpinionStands.
        """
        if self._opining is None:
            raise OpinionStands(video_id)
        await self._opining.take_back(video_id, decision, who)

    async def _done(self, key: str, asked: str) -> Decided | Opined | None:
        """What was decided under a key before."""
        keyed = await self._decisions.under_key(key)
        if keyed is None:
            return None
        if keyed.request != asked:
            raise KeyUsed(key, keyed.video_id, keyed.number)
        if keyed.opinion and self._opining is not None:
            return await self._opining.done(keyed)
        decision = await self._decisions.get(keyed.video_id, keyed.number)
        row = await self._reviews.get(keyed.video_id)
        if decision is None and row is not None and row.sealed:
            raise VideoSealed(keyed.video_id)
        assert decision is not None and row is not None  # noqa: S101, PT018 - they were written with the key
        return Decided(decision, row, repeated=True)

    @staticmethod
    def _row(target: Target, was: VideoStatus | None) -> VideoStatus:
        if was is not None:
            # One that was forgotten, or restored from the archive, names no object any more.
            return was if was.video is not None else replace(was, video=target.video)
        if target.video is None:
            raise NothingKnown(target.video_id)
        return VideoStatus.new(target.video)

    async def _check(self, row: VideoStatus, request: DecisionRequest, seen: int) -> None:
        """Whether the video is what whoever decides has seen."""
        if row.sealed and not self._of_sealed:
            raise VideoSealed(row.video_id)
        if request.etag is not None and row.video is not None and row.video.etag != request.etag:
            raise OtherContent(row.video_id, row.video.etag, request.etag)
        if row.last_decision == seen:
            return
        last = await self._decisions.get(row.video_id, row.last_decision)
        if last is None:
            raise DecidedMeanwhile(row.video_id, row.last_decision, seen)
        raise DecidedMeanwhile(row.video_id, last.number, seen, str(last.action), last.by, last.at_ms)

    async def _check_appeal(self, row: VideoStatus, request: DecisionRequest, who: Reviewer) -> None:
        """Whether there is such an appeal, and another person than the one that it objects to is to decide it."""
        if request.appeal is None:
            return
        items = () if self._items is None else await self._items.of_video(row.video_id)
        appeals = {item.appeal: item for item in items if item.appeal is not None}
        if request.appeal not in appeals:
            raise NoSuchAppeal(row.video_id, request.appeal, tuple(sorted(appeals)))
        if who.principal in appeals[request.appeal].excluded:
            raise OwnAppeal(row.video_id, request.appeal)
        if len(row.appeals) >= MOST_UNTOLD_APPEALS:
            raise AppealsUntold(row.video_id, len(row.appeals))

    async def _write(
        self,
        row: VideoStatus,
        was: VideoStatus | None,
        request: DecisionRequest,
        reasons: tuple[DecisionReason, ...],
        who: Reviewer,
        key: str | None,
        asked: str,
    ) -> Decided:
        """One try. Raises TransactionRefused where something of it is not as it was read."""
        if row.video is not None and (was is None or was.video is None):
            await self._reviews.note_content(row.video)
        made = await self._made(row, request, reasons, who)
        changed = await self._changed(row, made)
        decision = replace(made, revision=changed.revision if changed.revision != row.revision else 0)
        stored, parts = self._reviews.write_items(changed, was)
        items, claim = await self._items_after(stored, decision)
        named = {} if key is None else {"key": self._decisions.key_item(key, _keyed(decision, asked))}
        made_parts = self._decisions.put_items(decision, await self._undrawn(decision))
        await self._decisions.table.transact({**parts, **made_parts, **named, **items})
        return Decided(decision, stored, interrupted=claim)

    async def _undrawn(self, decision: Decision) -> Undrawn | None:
        """What a worker is to draw once the decision cannot be taken back unheard any more: whoever decides may not
        know how that falls.
        """
        if self._items is None or self._opining is None or decision.action not in ASKED_ABOUT:
            return None
        share = await self._items.second_opinions()
        return Undrawn(decision, share, decision.at_ms + self._undo_ms) if share else None

    async def _items_after(self, row: VideoStatus, decision: Decision) -> tuple[Mapping[str, Item], Claim | None]:
        """What becomes of what people are asked, and the claim of somebody else that ends with it."""
        if self._items is None:
            return {}, None
        claim = await self._items.claim_of(row.video_id)
        parts = await self._items.decision_parts(row, appeal=decision.appeal)
        return parts, None if claim is None or claim.principal == decision.principal else claim

    async def _made(
        self, row: VideoStatus, request: DecisionRequest, reasons: tuple[DecisionReason, ...], who: Reviewer
    ) -> Decision:
        """The decision, but for the revision that it makes."""
        last = await self._decisions.get(row.video_id, row.last_decision) if row.last_decision else None
        evidence = await self._read_evidence(row)
        etag = None if row.video is None else row.video.etag
        private = Private(secrets.token_hex(_SALT_BYTES), etag, request.note, evidence)
        modified = None if row.video is None else row.video.last_modified
        keeps_status = request.action in {Action.WITHDRAW, Action.UPHOLD}
        return Decision(
            video_id=row.video_id,
            number=row.last_decision + 1,
            action=request.action,
            by=who.by,
            principal=who.principal,
            at_ms=self._clock.now_ms(),
            status=_upheld(row, request) if keeps_status else status_of(request.makes, request.kind),
            restriction=request.restriction,
            reasons=reasons,
            withdraws=request.decision,
            kind=request.kind,
            appeal=request.appeal,
            automated=bool(evidence and evidence.get("reasons")),
            content_date=None if modified is None else modified.astimezone(UTC).date().isoformat(),
            previous=FIRST if last is None else last.digest,
            private_digest=private.digest,
            private=private,
        )

    async def _changed(self, row: VideoStatus, decision: Decision) -> VideoStatus:
        """The row after a decision. What it tells waits, so that it can be taken back; a withdrawal is told at once."""
        by = By(person=decision.by)
        if decision.withdraws is not None:
            stands = await self._standing_without(row.video_id, decision.withdraws, row.last_decision)
            changed = withdrawn(
                row,
                number=decision.number,
                withdraws=decision.withdraws,
                by=by,
                at_ms=decision.at_ms,
                standing=stands.number,
                status=stands.status,
                restriction=stands.restriction,
                reasons=_told(stands.reasons),
                seal=stands.seal,
            )
            # Workers look after what is untold: whoever decides need not be able to publish.
            return replace(changed, tell_at_ms=AT_ONCE_MS) if changed.unpublished else changed
        changed = self._with_status(row, decision)
        if decision.appeal is None:
            return changed
        # Whose appeal was decided is told at once: it is not taken back.
        decided_appeal = AppealDecided(
            appeal=decision.appeal,
            overturned=decision.action is Action.OVERTURN,
            decision=decision.number,
            at_ms=decision.at_ms,
            by=by,
            status=changed.status,
            revision=changed.revision,
            restriction=changed.restriction,
            reasons=tuple(_told(decision.reasons)),
        )
        return replace(changed, appeals=(*changed.appeals, decided_appeal), tell_at_ms=AT_ONCE_MS)

    def _with_status(self, row: VideoStatus, decision: Decision) -> VideoStatus:
        """The row after a decision that takes back no other."""
        if decision.status is None:
            # Who lets a decision stand has seen what is known by now: it contradicts nothing any more.
            return replace(row, last_decision=decision.number, known=Known.of(row.verdict) if row.standing else None)
        seals = decision.kind is not None
        return decided(
            row,
            decision.status,
            number=decision.number,
            by=By(person=decision.by),
            at_ms=decision.at_ms,
            restriction=decision.restriction,
            reasons=_told(decision.reasons),
            cause=decision.cause,
            # Whoever shows a video that is sealed is to stop at once: that waits for nobody's second thoughts.
            tell_at_ms=AT_ONCE_MS if seals else decision.at_ms + self._undo_ms if decision.appeal is None else None,
            seal=seals,
        )

    async def _standing_without(self, video_id: str, number: int, last: int) -> _Stands:
        """The newest decision that makes a status and is not withdrawn, once `number` is."""
        withdrawn_numbers, stands = {number}, _Stands()
        if not 0 < number <= last:
            raise NoSuchDecision(video_id, number, last)
        decisions = [decision async for decision in self._decisions.of_video(video_id, newest_first=True)]
        for decision in decisions:
            if decision.withdraws == number:
                raise AlreadyWithdrawn(video_id, number)
            if decision.number == number and decision.action in {Action.WITHDRAW, *OF_APPEALS}:
                raise NotWithdrawable(video_id, number, str(decision.action))
            if decision.withdraws is not None:
                withdrawn_numbers.add(decision.withdraws)
            elif not stands.number and decision.status is not None and decision.number not in withdrawn_numbers:
                stands = _Stands(decision.number, decision.status, decision.restriction, decision.reasons)
            if stands.number and decision.number <= number:
                break
        return replace(stands, seal=is_sealed_by(decisions[::-1], without=number))


def _upheld(row: VideoStatus, request: DecisionRequest) -> Status | None:
    """The status that a person makes their own by letting it stand: the rejection of a machine. What was decided before
    stands as it is.
    """
    by_machine = request.action is Action.UPHOLD and not row.standing and row.status is Status.REJECTED
    return row.status if by_machine else None


def _keyed(decision: Decision, asked: str) -> Keyed:
    return Keyed(decision.video_id, decision.number, asked)


def _told(reasons: tuple[DecisionReason, ...]) -> list[StatusReason]:
    """Reasons as events have them: by their codes."""
    return [StatusReason(code=reason.code) for reason in reasons]
