"""`python -m chaos.person PLAN`: what one person does from a machine of their own, whose clock may be wrong.

Whatever is not answered is asked for once more, under the same name, until it is: a machine that is switched off in the
middle goes on where its book of answers ends.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from chaos.acts import Act, Deed
from chaos.kinds import LENIENT_POLICY
from chaos.worker import skew
from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.aws.errors import AwsUnavailable, is_outage
from reelsift.batches import holding
from reelsift.domain import reevaluation
from reelsift.domain.decision import Action
from reelsift.domain.decision_request import DecisionRequest
from reelsift.domain.hold import Kind
from reelsift.domain.policy import Policy
from reelsift.errors import NoSuchAppeal, ReelsiftError, ReevaluationUnderWay
from reelsift.log import configure_logs
from reelsift.policy_versions.current import LiveHandling, read_live
from reelsift.policy_versions.publishing import propose, propose_return, publish
from reelsift.reason_catalogues import configured_catalogue
from reelsift.reevaluation.ordering import order
from reelsift.reviews.asking import Wish, ask_for
from reelsift.reviews.claims import Claimed, claim_desk
from reelsift.reviews.composition import deciding
from reelsift.reviews.deciding import Decided
from reelsift.reviews.reviewer import Reviewer
from reelsift.reviews.table_clock import clock_of_reviews
from reelsift.reviews.target import Target, find_target
from reelsift.reviews.waking import wake
from reelsift.settings import load_settings
from support.world import BUCKET

WALK_VIDEOS, VIDEOS = 20, 80

_AGAIN_S = 0.3
_LATER_S = 0.5

_APPEAL_COMES_S = 20
"""Whoever answers an appeal looks for it for so long."""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person is to do. `began` is when everything does (epoch seconds by a right clock); `answers` is the file
    in which the book of answers is kept; `wrong_by` are the seconds by which their clock is wrong.
    """

    name: str
    acts: tuple[Act, ...]
    began: float
    wrong_by: float
    answers: str

    def text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> "Plan":
        members = json.loads(text)
        acts = tuple(Act(**{**act, "deed": Deed(act["deed"])}) for act in members.pop("acts"))
        return cls(acts=acts, **members)


class Person:
    """Does what the plan says, each act in its time beside the others."""

    def __init__(self, plan: Plan, deployment: Deployment, right_time: Callable[[], float]) -> None:
        self._plan = plan
        self._deployment = deployment
        self._right_time = right_time
        self._who = Reviewer(f"p-{plan.name}", f"p-{plan.name}")
        self._handling = LiveHandling(deployment)
        self._deciding = deciding(deployment, configured_catalogue(deployment.settings))
        self._clock = clock_of_reviews(deployment)
        self._desk = claim_desk(deployment, self._handling, self._clock)
        self._answers = Path(plan.answers)
        self._known = {answer["act"]: answer for answer in read_answers(self._answers)}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def act(self) -> None:
        async with asyncio.TaskGroup() as group:
            for act in self._plan.acts:
                self._tasks[act.number] = group.create_task(self._do(act))

    async def _do(self, act: Act) -> None:
        if act.number in self._known and "ended" in self._known[act.number]:
            return
        await asyncio.sleep(self._plan.began + act.at - self._right_time())
        if act.after is not None:
            await asyncio.wait([self._tasks[act.after]])
        do: dict[Deed, Callable[[Act], Awaitable[dict[str, Any]]]] = {
            Deed.DECIDE: self._decide,
            Deed.WITHDRAW: self._withdraw,
            Deed.APPEAL: self._appeal,
            Deed.ANSWER: self._answer,
            Deed.REVIEW: self._review,
            Deed.APPLY: self._apply,
            Deed.REEVALUATE: self._reevaluate,
            Deed.HOLD: self._hold,
            Deed.RELEASE: self._release,
        }
        try:
            answer = await do[act.deed](act)
        except ReelsiftError as refusal:
            answer = {"refused": type(refusal).__name__}
        self._note(act, answer | {"ended": True})

    def _note(self, act: Act, answer: dict[str, Any]) -> None:
        self._known[act.number] = {"act": act.number, "person": self._who.principal, "deed": act.deed, **answer}
        with self._answers.open("a", encoding="utf-8") as book:
            book.write(json.dumps(self._known[act.number]) + "\n")

    async def _target(self, key: str | None) -> Target:
        return await _until_answered(lambda: find_target(self._deployment, f"s3://{BUCKET}/{key}"))

    async def _carried_out(self, act: Act, target: Target, **members: Any) -> dict[str, Any]:
        asked = members | {name: Action(members[name]) for name in ("action", "to") if name in members}
        request = DecisionRequest(**asked).checked()
        key = f"act-{act.number}"
        decided = await _until_answered(lambda: self._deciding.decide(target, request, self._who, key=key))
        await wake(self._deployment)
        # Nobody is asked for second opinions.
        assert isinstance(decided, Decided)
        decision = decided.decision
        return {"video_id": decision.video_id, "decision": decision.number, "action": str(decision.action)}

    async def _decide(self, act: Act) -> dict[str, Any]:
        return await self._carried_out(act, await self._target(act.key), **_members(act))

    async def _withdraw(self, act: Act) -> dict[str, Any]:
        assert act.after is not None
        decided = self._known[act.after]
        if "decision" not in decided:
            return {"refused": "nothing was decided"}
        target = Target(decided["video_id"])
        return await self._carried_out(act, target, action="withdraw", decision=decided["decision"])

    async def _appeal(self, act: Act) -> dict[str, Any]:
        target, wish = await self._target(act.key), Wish(text="it is art", appeal=act.details["appeal"])

        async def ask() -> None:
            await ask_for(self._deployment, target, wish, self._who, handling=self._handling, clock=self._clock)

        await _until_answered(ask)
        return {"video_id": target.video_id, "appeal": wish.appeal}

    async def _answer(self, act: Act) -> dict[str, Any]:
        target, until = await self._target(act.key), time.monotonic() + _APPEAL_COMES_S
        while True:
            try:
                return await self._carried_out(act, target, **_members(act)) | {"appeal": act.details["appeal"]}
            except NoSuchAppeal:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(_LATER_S)

    async def _review(self, act: Act) -> dict[str, Any]:
        begun = self._known.get(act.number)
        if begun is not None:
            # The machine was switched off with a video on its screen. What was decided by then stands.
            keyed = await _until_answered(lambda: self._deployment.decisions.under_key(f"act-{act.number}"))
            if keyed is None:
                return {"then": "lose"}
            decision = await _until_answered(lambda: self._deployment.decisions.get(keyed.video_id, keyed.number))
            assert decision is not None
            return {"video_id": keyed.video_id, "decision": keyed.number, "action": str(decision.action)}
        self._note(act, {})
        claimed = await _until_answered(lambda: self._desk.next(self._who))
        if claimed is None:
            return {"then": "nothing"}
        return await self._at_the_desk(act, claimed)

    async def _at_the_desk(self, act: Act, claimed: Claimed) -> dict[str, Any]:
        video_id, then = claimed.row.video_id, act.details["then"]
        if then == "lose":
            return {"then": then}
        if then == "skip":
            await _until_answered(lambda: self._desk.skip(video_id, self._who))
            return {"then": then}
        if then == "renew":
            await asyncio.sleep(_LATER_S)
            await _until_answered(lambda: self._desk.renew(video_id, self._who))
        members: dict[str, Any] = {"action": "approve", "seen": claimed.row.last_decision}
        if claimed.item.appeal is not None:
            members |= {"action": "uphold", "appeal": claimed.item.appeal}
        elif then == "reject":
            members |= {"action": "reject", "reasons": ("nudity",)}
        return await self._carried_out(act, Target(video_id), **members)

    async def _apply(self, act: Act) -> dict[str, Any]:
        begun = self._known.get(act.number)
        if begun is None:
            version = await _until_answered(self._deployment.policy_versions.live)
            begun = {"before": 0 if version is None else version.epoch}
            self._note(act, begun)

        async def go_live() -> int:
            version = await self._deployment.policy_versions.live()
            if version is not None and version.epoch > begun["before"]:
                # It was made live, and nobody has heard of it.
                return version.epoch
            if act.details["policy"] == "back":
                succession = await propose_return(self._deployment, None)
            else:
                succession = await propose(self._deployment, Policy.stored(json.dumps(LENIENT_POLICY)))
            await publish(self._deployment, succession)
            return succession.after.epoch

        return {"epoch": await _until_answered(go_live)}

    async def _reevaluate(self, act: Act) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            live = await read_live(self._deployment)
            try:
                batch = await order(self._deployment, live, videos=VIDEOS, rate=act.details["rate"])
            except ReevaluationUnderWay as under_way:
                there = await self._deployment.batches.get(under_way.batch_id)
                if there is None or there.reevaluation is None or there.reevaluation.epoch < live.epoch:
                    # It stops by itself.
                    raise AwsUnavailable("a re-evaluation by an older policy is under way") from None
                batch = there
            return {"batch": batch.batch_id, "epoch": live.epoch}

        return await _until_answered(ask)

    async def _hold(self, act: Act) -> dict[str, Any]:
        await _until_answered(lambda: holding.hold(self._deployment, map(Kind, act.details["kinds"])))
        return {}

    async def _release(self, act: Act) -> dict[str, Any]:
        await _until_answered(lambda: holding.release(self._deployment, map(Kind, act.details["kinds"])))
        return {}


def read_answers(book: Path) -> list[dict[str, Any]]:
    """What a person was answered so far, the last of each act. A line that was cut off was not written."""
    if not book.exists():
        return []
    found: dict[int, dict[str, Any]] = {}
    for line in book.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.endswith("\n"):
            answer = json.loads(line)
            found[answer["act"]] = answer
    return list(found.values())


def _members(act: Act) -> dict[str, Any]:
    """Of a decision that is asked for; JSON knows no tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in act.details.items()}


async def _until_answered(ask: Callable[[], Awaitable[_Result]]) -> _Result:
    """Ask until AWS answers. Raises what the program itself says."""
    while True:
        try:
            return await ask()
        except ReelsiftError:
            raise
        except Exception as error:
            if not is_outage(error):
                raise
            await asyncio.sleep(_AGAIN_S)


async def _run(plan: Plan, right_time: Callable[[], float]) -> None:
    async with open_deployment(load_settings()) as deployment:
        await Person(plan, deployment, right_time).act()


if __name__ == "__main__":
    configure_logs("json", "warning")
    # A small archive is walked in parts, too.
    reevaluation.WALK_VIDEOS = WALK_VIDEOS
    arranged, right = Plan.read(Path(sys.argv[1]).read_text(encoding="utf-8")), time.time
    skew(arranged.wrong_by)
    asyncio.run(_run(arranged, right))
