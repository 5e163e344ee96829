"""What holds of a video whatever people decide and withdraw, whenever verdicts come and events are told."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reelsift.aws.table import ConditionFailed
from reelsift.domain.decision import Action, Decision, broken_link
from reelsift.domain.event import APPEAL_DECIDED, STATUS_CHANGED
from reelsift.domain.policy import Verdict
from reelsift.domain.review_item import ItemCause, new_item
from reelsift.domain.status import Restriction, Status, VideoStatus, status_of_verdict
from reelsift.domain.status_changes import judged
from reelsift.errors import (
    AlreadyWithdrawn,
    DecidedMeanwhile,
    NoSuchAppeal,
    NothingKnown,
    NotWithdrawable,
    OwnAppeal,
)
from reelsift.events.resend import Chosen, resend
from reelsift.reviews.desk import reviewer_items
from reelsift.reviews.reviewer import Reviewer
from support.decisions import ANNA, BEN, UNDO_MS, VIDEO, DecidedVideos
from support.decisions import verdict as verdict_of
from support.live import always
from support.memory_worker import MemoryWorker, RecordedBus
from support.reviewing import AS_SHIPPED
from support.thoroughness import examples

_Result = TypeVar("_Result")

_DECIDES = st.sampled_from([Action.APPROVE, Action.RESTRICT, Action.REJECT, Action.ESCALATE])


class DecidedVideo(RuleBasedStateMachine):
    """One video over the real stores and the real teller, in memory; beside it what should be so, kept simply."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.verdict: Verdict | None = None
        self.made: list[Decision] = []
        self.withdrawn: set[int] = set()
        self.attempt = 0
        self.highest = 0
        self.by_key: dict[str, int] = {}
        self.epoch = 0
        self.asleep: VideoStatus | None = None
        self.appeals: dict[str, str | None] = {}
        """Those that were taken, and what became of them."""
        self.lost = 0
        """So many of the first events nobody has heard."""

    def teardown(self) -> None:
        try:
            self.run(self._drain())
            self._consumer_knows()
            self.run(self._resend_after_loss())
        finally:
            self.runner.close()

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        async def made() -> None:
            self.bus = RecordedBus()
            self.worker = MemoryWorker(bus=self.bus)
            items = reviewer_items(self.worker.deployment, always(AS_SHIPPED), self.worker.clock)
            self.items = items
            self.videos = DecidedVideos(items=items, table=self.worker.tables["reviews"], clock=self.worker.clock)

        self.run(made())

    @rule(verdict=st.sampled_from([Verdict.APPROVE, Verdict.REVIEW, Verdict.REJECT]), told=st.booleans())
    def judge(self, verdict: Verdict, *, told: bool) -> None:
        self.attempt += 1
        row = self.run(self.videos.judge(verdict, attempt=self.attempt))
        self.verdict = verdict
        if told:
            self.run(self.worker.jobs.teller.tell(row))

    @precondition(lambda self: self.attempt > 0)
    @rule(verdict=st.sampled_from([Verdict.APPROVE, Verdict.REVIEW, Verdict.REJECT]))
    def judge_by_another_policy(self, verdict: Verdict) -> None:
        """The same answers, by a policy of a later epoch: a re-evaluation."""
        self.epoch += 1
        self.run(self.videos.judge(verdict, attempt=self.attempt, epoch=self.epoch))
        self.verdict = verdict

    @rule()
    def a_worker_falls_asleep(self) -> None:
        """It has read the row, and is about to write what it has made of it."""
        self.asleep = self._row()

    @precondition(lambda self: self.asleep is not None)
    @rule(verdict=st.sampled_from([Verdict.APPROVE, Verdict.REJECT]))
    def the_worker_wakes(self, verdict: Verdict) -> None:
        """Whatever was written meanwhile stands: by then its basis may be older than what is stored."""
        was, now, self.asleep = self.asleep, self._row(), None
        assert was is not None
        assert now is not None
        late = judged(was, verdict_of(verdict, attempt=self.attempt + 1, epoch=self.epoch))
        if now.edition == was.edition:
            self.run(self.videos.reviews.write(late, was))
            self.attempt, self.verdict = self.attempt + 1, verdict
            return
        with pytest.raises(ConditionFailed):
            self.run(self.videos.reviews.write(late, was))

    @precondition(lambda self: self.made)
    @rule(name=st.sampled_from(["a-1", "a-2"]))
    def object(self, name: str) -> None:
        if self.appeals.get(name) is not None:
            return
        self.appeals[name] = None
        row = self._row()
        assert row is not None
        item = new_item(row, ItemCause.APPEAL, AS_SHIPPED, now_ms=self.worker.clock.now_ms())
        item = replace(item, appeal=name, excluded=frozenset({ANNA.principal}))
        assert self.run(self.items.open(item, row)) is not None

    @rule(
        name=st.sampled_from(["a-1", "a-2"]),
        action=st.sampled_from([Action.UPHOLD, Action.OVERTURN]),
        who=st.sampled_from([ANNA, BEN]),
    )
    def answer(self, name: str, action: Action, who: Reviewer) -> None:
        members: dict[str, Any] = {"to": Action.APPROVE} if action is Action.OVERTURN else {}
        is_open = name in self.appeals and self.appeals[name] is None
        try:
            made = self.run(self.videos.decide(action, who, appeal=name, **members)).decision
        except NoSuchAppeal:
            assert not is_open
        except NothingKnown:
            assert self._row() is None
        except OwnAppeal:
            assert (is_open, who) == (True, ANNA)
        else:
            assert (is_open, who) == (True, BEN)
            self.made.append(made)
            self.appeals[name] = "upheld" if action is Action.UPHOLD else "overturned"

    @rule()
    def nobody_has_heard_what_was_told(self) -> None:
        self.lost = len(self.bus.taken)

    @rule(action=_DECIDES, who=st.sampled_from([ANNA, BEN]), age=st.sampled_from([16, 18]))
    def decide(self, action: Action, who: Any, age: int) -> None:
        members: dict[str, Any] = {"age": age} if action is Action.RESTRICT else {}
        self.made.append(self.run(self.videos.decide(action, who, **members)).decision)

    @rule(key=st.sampled_from(["a", "b"]))
    def decide_under_a_key(self, key: str) -> None:
        decided = self.run(self.videos.decide(Action.REJECT, key=key))
        assert decided.repeated == (key in self.by_key)
        if not decided.repeated:
            self.made.append(decided.decision)
        assert self.by_key.setdefault(key, decided.decision.number) == decided.decision.number

    @precondition(lambda self: self.made)
    @rule(which=st.integers(0, 100))
    def withdraw(self, which: int) -> None:
        number = self.made[which % len(self.made)].number
        try:
            made = self.run(self.videos.decide(Action.WITHDRAW, decision=number)).decision
        except NotWithdrawable:
            assert self.made[number - 1].action in {Action.WITHDRAW, Action.UPHOLD, Action.OVERTURN}
        except AlreadyWithdrawn:
            assert number in self.withdrawn
        else:
            assert number not in self.withdrawn
            self.made.append(made)
            self.withdrawn.add(number)

    @precondition(lambda self: self.made)
    @rule()
    def decide_without_having_seen_the_last(self) -> None:
        with pytest.raises(DecidedMeanwhile) as refused:
            self.run(self.videos.decide(Action.APPROVE, seen=len(self.made) - 1))
        assert (refused.value.last, refused.value.action) == (len(self.made), str(self.made[-1].action))

    @rule(seconds=st.sampled_from([0, 1, 9, 11]))
    def a_worker_looks(self, seconds: int) -> None:
        self.worker.clock.move(seconds)
        self.run(self.worker.jobs.teller.step())

    @rule()
    def the_bus_is_down_or_up(self) -> None:
        self.bus.down = not self.bus.down

    @invariant()
    def a_decision_stands_and_revisions_grow_without_a_gap(self) -> None:
        row = self._row()
        if row is None:
            assert not self.made
            assert self.verdict is None
            return
        assert (row.status, row.restriction) == self._expected()
        assert row.last_decision == len(self.made)
        assert row.revision >= self.highest
        self.highest = row.revision
        history = self.run(self._history(row))
        assert history == list(range(1, row.revision + 1))

    @invariant()
    def decisions_are_whole(self) -> None:
        if self.made:
            stored = self.run(self.videos.all_decisions())
            assert stored == self.made
            assert broken_link(stored, len(self.made)) is None

    def _expected(self) -> tuple[Status | None, Restriction | None]:
        """By the latest decision that is not withdrawn, else by the verdict."""
        for decision in reversed(self.made):
            if decision.status is not None and decision.number not in self.withdrawn:
                return decision.status, decision.restriction
        return status_of_verdict(self.verdict) or Status.IN_REVIEW, None

    def _row(self) -> VideoStatus | None:
        return self.run(self.videos.reviews.get(VIDEO.video_id))

    async def _history(self, row: VideoStatus) -> list[int]:
        return [revision.number async for revision in self.videos.reviews.history(row)]

    async def _drain(self) -> None:
        self.bus.down = False
        for _ in range(20):
            self.worker.clock.move(UNDO_MS / 1000 + 400)
            await self.worker.jobs.teller.step()
            row = await self.videos.reviews.get(VIDEO.video_id)
            await self.worker.jobs.teller.tell(row)

    def _consumer_knows(self) -> None:
        """Whoever takes the highest revision ends with the true status, and only what was withdrawn in time is told to
        nobody.
        """
        row = self._row()
        if row is None:
            assert self.bus.taken == []
            return
        assert (row.unpublished, row.appeals) == ((), ())
        told_appeals = {
            (detail["appeal"]["id"], detail["appeal"]["outcome"]) for detail in self._details(APPEAL_DECIDED)
        }
        assert told_appeals == {(name, outcome) for name, outcome in self.appeals.items() if outcome is not None}
        still_asked = {item.appeal for item in self.run(self.items.of_video(VIDEO.video_id)) if item.appeal is not None}
        assert still_asked == {name for name, outcome in self.appeals.items() if outcome is None}
        heard = {detail["revision"]: detail for detail in self._details(STATUS_CHANGED)}
        if not heard:
            assert row.status is None
            return
        newest = heard[max(heard)]
        told = Restriction.read(newest["restriction"]) if "restriction" in newest else None
        assert (newest["status"], told) == (row.status, row.restriction)
        untold = set(range(1, row.revision + 1)) - heard.keys()
        withdrawn = {self.made[number - 1].revision for number in self.withdrawn}
        withdrawals = {decision.revision for decision in self.made if decision.action is Action.WITHDRAW}
        assert untold <= withdrawn | withdrawals

    async def _resend_after_loss(self) -> None:
        """Who has missed any of it knows the status once it is told again."""
        row = await self.videos.reviews.get(VIDEO.video_id)
        if row is None or row.status is None:
            return
        await resend(self.worker.deployment, Chosen(bucket=VIDEO.bucket), rate=1_000_000.0)
        heard = {detail["revision"]: detail for detail in self._details(STATUS_CHANGED, after=self.lost)}
        assert max(heard) == row.revision
        assert heard[row.revision]["status"] == row.status

    def _details(self, kind: str, *, after: int = 0) -> list[dict[str, Any]]:
        return [json.loads(event.detail) for event in self.bus.taken[after:] if event.detail_type == kind]


DecidedVideo.TestCase.settings = settings(max_examples=examples(15), stateful_step_count=20, deadline=None)
TestDecidedVideo = DecidedVideo.TestCase
