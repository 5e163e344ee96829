"""What holds of second opinions whatever people decide, take back and say, and whenever a worker draws."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reelsift.domain.decision import Action, Decision
from reelsift.domain.handling import Handling
from reelsift.domain.opinion import ASKED_ABOUT
from reelsift.domain.policy import Verdict
from reelsift.domain.review_item import is_over
from reelsift.errors import AlreadyWithdrawn, DecidedMeanwhile, NoOpinionAsked, OwnDecision, OwnDisagreement
from reelsift.reviews.opining import Opined
from reelsift.reviews.reviewer import Reviewer
from support.opining import ANN, BOB, CLEO, OpiningDesk
from support.reviewing import peak, reviewing, video
from support.thoroughness import examples

_Result = TypeVar("_Result")

VIDEOS = ["a", "b"]

names = st.sampled_from(VIDEOS)
PEOPLE = [ANN, BOB, CLEO, reviewing("dora")]

reviewers = st.sampled_from(PEOPLE)
actions = st.sampled_from([Action.APPROVE, Action.REJECT])
sayings = st.sampled_from([Action.APPROVE, Action.REJECT, Action.RESTRICT, Action.ESCALATE])


class AskedTwice(RuleBasedStateMachine):
    """Two videos, three people, and a worker; beside it what should be so, kept simply."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.made: dict[str, list[Decision]] = {name: [] for name in VIDEOS}
        self.said: dict[tuple[str, int], Opined] = {}
        self.shown: dict[tuple[str, str], int] = {}
        """By video and person, the number of the last decision when they were given it as if there were none."""

    def teardown(self) -> None:
        self.runner.close()

    def do(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return self.runner.run(work)

    @initialize(share=st.sampled_from([1.0, 1.0, 0.5]))
    def begin(self, share: float) -> None:
        async def made() -> None:
            self.desk = OpiningDesk(Handling(second_opinions=share))
            for name in VIDEOS:
                await self.desk.judge(Verdict.REVIEW, peak(), name=name)

        self.do(made())
        for name in VIDEOS:
            self._say(name, ANN, Action.REJECT, blind=False)
        self.do(self.desk.worker_draws())

    @rule(name=names, who=reviewers, action=sayings, drawn=st.sampled_from(["drawn", "drawn", "not yet"]))
    def decide(self, name: str, who: Reviewer, action: Action, drawn: str) -> None:
        """Somebody decides what they know of."""
        self._say(name, who, action, blind=False)
        if drawn == "drawn":
            self.do(self.desk.worker_draws())

    @precondition(lambda self: self.shown)
    @rule(data=st.data(), action=sayings)
    def decide_what_was_given(self, data: st.DataObject, action: Action) -> None:
        """Somebody decides what they were given as if nobody had, however long ago."""
        name, principal = data.draw(st.sampled_from(sorted(self.shown)))
        self._say(name, next(one for one in PEOPLE if one.principal == principal), action, blind=True)

    def _say(self, name: str, who: Reviewer, action: Action, *, blind: bool) -> None:
        last = len(self.made[name])
        given = self.shown.get((name, who.principal))
        disputes = self._disputed(name)
        try:
            made = self.do(self.desk.say(action, who, name, seen=0 if blind else last))
        except OwnDisagreement:
            assert who.principal in disputes
        except DecidedMeanwhile:
            assert blind
            assert given != last or (name, last) in self.said
        else:
            if isinstance(made, Opined):
                assert blind
                assert (name, last) not in self.said
                self.said[name, last] = made
            else:
                assert not blind
                assert who.principal not in disputes
                self.made[name].append(made.decision)

    @rule(name=names, which=st.integers(0, 20))
    def withdraw(self, name: str, which: int) -> None:
        decisions = [one for one in self.made[name] if one.withdraws is None]
        if not decisions:
            return
        number = decisions[which % len(decisions)].number
        try:
            made = self.do(self.desk.videos.decide(Action.WITHDRAW, ANN, video=video(name), decision=number))
        except AlreadyWithdrawn:
            return
        self.made[name].append(made.decision)

    @rule(verdict=st.sampled_from([None, Verdict.REVIEW, Verdict.REJECT]))
    def a_worker_draws_and_judges(self, verdict: Verdict | None) -> None:
        self.do(self.desk.worker_draws())
        if verdict is not None:
            self.do(self.desk.judge(verdict, peak(), name=VIDEOS[0]))

    @rule(who=reviewers, then=st.sampled_from(["decides", "decides", "keeps it", "gives it back"]), action=sayings)
    def get_next(self, who: Reviewer, then: str, action: Action) -> None:
        claimed = self.do(self.desk.claims.next(who))
        if claimed is None or claimed.row.video is None:
            return
        name = claimed.row.video.key
        last = len(self.made[name])
        if claimed.row.last_decision == last:
            self.do(self.desk.claims.release(video(name).video_id, who))
            return
        # As if nobody had: then it is asked about by somebody who has had no say.
        assert (claimed.row.last_decision, claimed.item.name, claimed.others) == (0, "verdict", ())
        assert who.principal not in {one.principal for one in self.made[name]}
        self.shown[name, who.principal] = last
        if then == "decides":
            self._say(name, who, action, blind=True)
        elif then == "gives it back":
            self.do(self.desk.claims.release(video(name).video_id, who))

    @rule(name=names, who=reviewers, action=actions)
    def opine(self, name: str, who: Reviewer, action: Action) -> None:
        last = len(self.made[name])
        try:
            said = self.do(self.desk.videos.opine(action, who, video=video(name)))
        except OwnDecision:
            assert self._has_had_a_say(name, who)
        except NoOpinionAsked:
            pass
        else:
            assert not self._has_had_a_say(name, who)
            assert (name, last) not in self.said
            self.said[name, last] = said

    @invariant()
    def opinions_are_about_decisions_that_people_agree_with_or_not_and_change_nothing(self) -> None:
        for name in VIDEOS:
            stored = {one.decision: one for one in self.do(self.desk.opinions.of_video(video(name).video_id))}
            assert stored == {number: said.opinion for (of, number), said in self.said.items() if of == name}
            for number, opinion in stored.items():
                about = self.made[name][number - 1]
                assert about.action in ASKED_ABOUT
                assert opinion.principal != about.principal
            row = self.do(self.desk.row(name))
            assert row.last_decision == len(self.made[name])

    @invariant()
    def who_disagrees_is_settled_by_a_third(self) -> None:
        for name in VIDEOS:
            row = self.do(self.desk.row(name))
            items = self.do(self.desk.review_items.of_video(row.video_id))
            assert [item.name for item in items if is_over(item, row)] == []
            disputed = [item for item in items if item.opinion is not None]
            assert bool(disputed) == bool(self._disputed(name))

    def _has_had_a_say(self, name: str, who: Reviewer) -> bool:
        opined = {said.opinion.principal for (of, _), said in self.said.items() if of == name}
        return who.principal in {one.principal for one in self.made[name]} | opined

    def _disputed(self, name: str) -> set[str]:
        """Who takes part in a disagreement about what stands."""
        last = len(self.made[name])
        said = self.said.get((name, last))
        if said is None or said.opinion.agrees:
            return set()
        opined = {one.opinion.principal for (of, _), one in self.said.items() if of == name}
        return {one.principal for one in self.made[name]} | opined


AskedTwice.TestCase.settings = hypothesis_settings(
    max_examples=examples(25), stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestAskedTwice = AskedTwice.TestCase
