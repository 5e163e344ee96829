"""What reviewers decide in the console, take back, and look at again."""

import asyncio
from http import HTTPStatus
from typing import Any

from reelsift.aws.reviewer_rows import DAY_MS, OwnDecision
from reelsift.aws.table import READ_ITEMS
from reelsift.console.refusals import Refused
from reelsift.console.resources import Resources
from reelsift.console.reviewing.bodies import DecisionBody
from reelsift.console.reviewing.desk import Desk
from reelsift.console.reviewing.media import content_as_analysed
from reelsift.console.viewer import Role, Viewer
from reelsift.domain.decision import OF_APPEALS, Action, EscalationKind
from reelsift.domain.decision_request import DecisionRequest, UnusableRequest
from reelsift.domain.status import VideoStatus
from reelsift.errors import DecidedMeanwhile, NotClaimed, NothingKnown, OpinionStands, VideoSealed
from reelsift.reviews.asking import Wish, ask_for
from reelsift.reviews.deciding import Decided
from reelsift.reviews.opining import Opined
from reelsift.reviews.target import Target
from reelsift.reviews.waking import Waking
from reelsift.runtime.clock import as_ms

LEAST_PAINTED_MS = 700
"""For so long the reasons have to have been on the screen: nobody decides what they cannot have read."""

_TOO_LATE = "It is too late to take this back: it was told. You may look at the video again."

SEAL_TRIES = 5
"""Others may decide a video while somebody seals it; the seal stands above that."""


class OwnDecisions:
    """What one reviewer decides, for one request."""

    def __init__(self, resources: Resources, viewer: Viewer, desk: Desk) -> None:
        self._resources = resources
        self._deployment = resources.deployment
        self._reviewer_rows = resources.deployment.reviewer_rows
        self._viewer = viewer
        self._who = viewer.who
        self._desk = desk
        self._clock = resources.clock

    async def decide(self, body: DecisionBody) -> dict[str, Any]:
        """Decide the video that they are at. Asked for once more under the same key it answers the same.

        Raises NotClaimed, Refused, and what `CarryingOut.decide` raises.
        """
        request = _request(body)
        key = f"console:{self._who.by}:{body.idempotency_key}"
        if body.seen.painted_ms < LEAST_PAINTED_MS:
            raise _refused("The reasons were not on the screen for long enough to be read.")
        try:
            claimed = await self._desk.claim_desk.held(body.video_id, self._who)
        except NotClaimed:
            # Asked for once more, where the first answer was lost, the claim has ended with the decision.
            if await self._deployment.decisions.under_key(key) is None:
                await self._check_undecided(body)
                raise
            claim = None
        else:
            claim = claimed.claim
            await self._check_content(claimed.row, body)
        decided = await self._carry_out(Target(body.video_id), request, key=key)
        own = self._own(decided, request)
        if not decided.repeated:
            await asyncio.gather(
                self._desk.done(body.video_id, claim),
                self._reviewer_rows.note_decision(self._who.by, own),
                self._reviewer_rows.add_to_day(
                    self._who.by, self._desk.today(), now_ms=self._clock.now_ms(), decided=1
                ),
            )
        return {
            "video_id": own.video_id,
            "decision": own.number,
            "action": own.action,
            "undo_until_ms": own.undo_until_ms or None,
        }

    async def undo(self, video_id: str, number: int) -> dict[str, Any]:
        """Take back what nobody was told of yet, and give the video to whoever decided it where that can be. Raises
        Refused where it is too late.
        """
        own = await self._find(video_id, number)
        if own.undo_until_ms <= self._clock.now_ms():
            raise _refused(_TOO_LATE)
        if own.opinion:
            try:
                await self._resources.carrying_out.take_back_opinion(video_id, own.number, self._who)
            except OpinionStands:
                raise _refused(_TOO_LATE) from None
        else:
            await self._carry_out(Target(video_id), DecisionRequest(action=Action.WITHDRAW, decision=own.number))
        await self._reviewer_rows.forget_decision(self._who.by, own)
        await self._reviewer_rows.add_to_day(self._who.by, self._desk.today(), now_ms=self._clock.now_ms(), decided=-1)
        return await self._desk.take(video_id) or {}

    async def reopen(self, video_id: str) -> dict[str, Any]:
        """Look again at a video that they have decided today. Raises Refused where somebody else is at it by now."""
        own = next((own for own in await self._newest() if own.video_id == video_id), None)
        if own is None or own.opinion:
            raise NothingKnown(video_id)
        await ask_for(
            self._deployment,
            Target(video_id),
            Wish(),
            self._who,
            handling=self._resources.handling,
            clock=self._clock,
        )
        item = await self._desk.take(video_id)
        if item is None:
            raise _refused("Somebody else is at this video, or has to be: it waits for them.")
        return item

    async def today(self) -> list[dict[str, Any]]:
        """What they have decided within a day, the newest first. Of what was sealed since nothing is told."""
        owns = await self._newest()
        rows: dict[str, VideoStatus] = {}
        names = sorted({own.video_id for own in owns})
        for start in range(0, len(names), READ_ITEMS):
            found, _ = await self._deployment.reviews.get_readable(names[start : start + READ_ITEMS])
            rows |= found
        return [
            _own_members(own, rows[own.video_id], self._clock.now_ms())
            for own in owns
            if own.video_id in rows and not rows[own.video_id].sealed
        ]

    async def seal(self, video_id: str, kind: EscalationKind) -> None:
        """Seal a video, whoever is at it: nothing else has to be said. Nothing of it is kept for whoever did."""
        row = await self._deployment.reviews.get(video_id)
        if row is None:
            raise NothingKnown(video_id)
        if not row.sealed:
            await self._seal(video_id, DecisionRequest(action=Action.ESCALATE, kind=kind))
        await self._desk.done(video_id)
        for own in await self._newest():
            if own.video_id == video_id:
                await self._reviewer_rows.forget_decision(self._who.by, own)

    async def _seal(self, video_id: str, request: DecisionRequest) -> None:
        for attempt in range(SEAL_TRIES):
            try:
                await self._carry_out(Target(video_id), request)
            except VideoSealed:
                return
            except DecidedMeanwhile:
                if attempt == SEAL_TRIES - 1:
                    raise
            else:
                return

    async def _carry_out(self, target: Target, request: DecisionRequest, *, key: str | None = None) -> Decided | Opined:
        async with Waking(self._deployment) as waking:
            decided = await self._resources.carrying_out.decide(
                target, request, self._who, key=key, may_of_sealed=self._viewer.has(Role.SPECIALIST)
            )
            waking.waits = decided.row.tell_at_ms is not None or decided.row.sealed
        return decided

    async def _check_undecided(self, body: DecisionBody) -> None:
        """That nobody has decided a video since it was given to them, which ends their claim. Raises DecidedMeanwhile.

        What was decided before is not told: they may have been asked for a second opinion.
        """
        at_hand, row = await asyncio.gather(
            self._reviewer_rows.at_hand(self._who.by, now_ms=self._clock.now_ms()),
            self._deployment.reviews.get(body.video_id),
        )
        since_ms = next((held.since_ms for held in at_hand.held if held.video_id == body.video_id), None)
        if since_ms is None or row is None or row.sealed or not row.last_decision:
            return
        last = await self._deployment.decisions.get(row.video_id, row.last_decision)
        if last is not None and last.at_ms >= since_ms:
            raise DecidedMeanwhile(row.video_id, last.number, body.seen_decision, str(last.action), last.by, last.at_ms)

    async def _check_content(self, row: VideoStatus, body: DecisionBody) -> None:
        """Whether the object still is what was analysed, as far as no version says so."""
        if row.video is None or row.video.pinned or body.content_changed:
            return
        await content_as_analysed(self._resources, row.video)

    def _own(self, decided: Decided | Opined, request: DecisionRequest) -> OwnDecision:
        """What is noted for their own list. A second opinion looks like any other decision there."""
        opinion = isinstance(decided, Opined)
        at_ms = decided.opinion.at_ms if isinstance(decided, Opined) else decided.decision.at_ms
        number = decided.opinion.decision if isinstance(decided, Opined) else decided.decision.number
        undone = request.action not in OF_APPEALS and self._deployment.settings.undo_s > 0
        return OwnDecision(
            video_id=decided.row.video_id,
            number=number,
            action=str(request.action),
            at_ms=at_ms,
            undo_until_ms=at_ms + as_ms(self._deployment.settings.undo_s) if undone else 0,
            opinion=opinion,
        )

    async def _newest(self) -> list[OwnDecision]:
        return await self._reviewer_rows.own_decisions(self._who.by, since_ms=self._clock.now_ms() - DAY_MS)

    async def _find(self, video_id: str, number: int) -> OwnDecision:
        for own in await self._newest():
            if (own.video_id, own.number) == (video_id, number):
                return own
        raise NothingKnown(video_id)


def _request(body: DecisionBody) -> DecisionRequest:
    if body.action is Action.WITHDRAW:
        raise _refused("A decision is taken back by undo, or by looking at the video again.")
    try:
        return DecisionRequest(
            action=body.action,
            reasons=tuple(body.reasons),
            note=body.note or None,
            age=body.age,
            territories=tuple(body.territories),
            warning_label=body.warning_label or None,
            demote=body.demote,
            demonetise=body.demonetise,
            to=body.to,
            appeal=body.appeal,
            seen=body.seen_decision,
            etag=body.etag,
        ).checked()
    except UnusableRequest as unusable:
        raise _refused(str(unusable)) from None


def _own_members(own: OwnDecision, row: VideoStatus, now_ms: int) -> dict[str, Any]:
    may_be_undone = own.undo_until_ms > now_ms
    return {
        "video_id": own.video_id,
        "n": own.number,
        "action": own.action,
        "at_ms": own.at_ms,
        "video": None if row.video is None else row.video.uri,
        "undo_until_ms": own.undo_until_ms if may_be_undone else None,
        "may_reopen": not own.opinion and not may_be_undone and row.standing == own.number,
    }


def _refused(sentence: str) -> Refused:
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "refused", sentence)
