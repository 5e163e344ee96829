"""What holds of items and claims whatever happens to them, in which order."""

import asyncio
from typing import Any

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reelsift.domain.handling import Handling
from reelsift.domain.policy import Verdict
from reelsift.domain.review_item import asked_for, is_over
from reelsift.domain.status import Status
from reelsift.errors import NotClaimed
from reelsift.reviews.claims import ClaimDesk, Claimed
from reelsift.reviews.reviewer import Reviewer
from support.reviewing import STILL_S, Desk, peak, reviewing, video
from support.thoroughness import examples

VIDEOS = [f"{number}" for number in range(4)]
REVIEWERS = [reviewing(name) for name in ("ann", "bob", "cleo")]

names = st.sampled_from(VIDEOS)
reviewers = st.sampled_from(REVIEWERS)


class Reviewed(RuleBasedStateMachine):
    """Four videos, three reviewers, two processes that watch, and a console whose reviewers share what is offered."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.desk = Desk(Handling(audit_approvals=0.5))
        self.watches = [self.desk.watch(), self.desk.watch()]
        self.console = ClaimDesk(
            review_items=self.desk.review_items,
            reviews=self.desk.reviews,
            items=self.desk.items,
            clock=self.desk.clock,
            shared_s=STILL_S,
        )
        self.parked_for: dict[str, str] = {}
        """For whom a video was parked that nobody has had since, by the name under which they decide."""
        self.at: dict[str, Reviewer] = {}
        """Who is at which video, by what they were told."""
        self.unsettled: dict[str, Any] = {}
        """Rows of which the items are still to be settled: their workers have died."""

    def teardown(self) -> None:
        self.runner.close()

    def do(self, work: Any) -> Any:
        return self.runner.run(work)

    @rule(name=names, verdict=st.sampled_from(list(Verdict)), half_way=st.sampled_from(["dies", ""]))
    def judge(self, name: str, verdict: Verdict, half_way: str) -> None:
        row = self.do(self.desk.judge(verdict, peak(), name=name, settle=not half_way))
        if half_way:
            self.unsettled[name] = row
        else:
            self.unsettled.pop(name, None)

    @precondition(lambda self: self.unsettled)
    @rule(data=st.data())
    def settle_late(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.unsettled)))
        self.do(self.desk.items.settle(self.unsettled.pop(name)))

    @rule(name=names)
    def ask_for(self, name: str) -> None:
        if self.do(self.desk.row(name)).edition:
            self.do(self.desk.ask_for(name))

    @rule(name=names, status=st.sampled_from([Status.APPROVED, Status.REJECTED, Status.IN_REVIEW]))
    def decide(self, name: str, status: Status) -> None:
        if self.do(self.desk.row(name)).edition:
            self.do(self.desk.decide(status, name))
            self.at.pop(name, None)
            self.unsettled.pop(name, None)

    @rule(reviewer=reviewers, in_console=st.sampled_from(["in a console", ""]))
    def get_next(self, reviewer: Reviewer, in_console: str) -> None:
        claimed = self.do((self.console if in_console else self.desk.claims).next(reviewer))
        if claimed is not None:
            self._has(reviewer, claimed)
        elif in_console:
            # What others have read hides nothing from anybody.
            assert self.do(self.desk.claims.next(reviewer)) is None

    @rule(reviewer=reviewers, name=names)
    def take(self, reviewer: Reviewer, name: str) -> None:
        claimed = self.do(self.console.take(video(name).video_id, reviewer))
        if claimed is not None:
            self._has(reviewer, claimed)

    def _has(self, reviewer: Reviewer, claimed: Claimed) -> None:
        assert claimed.row.video is not None
        name = claimed.row.video.key
        assert name not in self.at, "two reviewers have one video"
        assert not is_over(claimed.item, claimed.row)
        assert claimed.item.parked is None or claimed.item.parked.for_whom == self.parked_for[name] == reviewer.by
        assert self.do(self.console.held(claimed.item.video_id, reviewer)).claim == claimed.claim
        self.parked_for.pop(name, None)
        self.at[name] = reviewer

    @precondition(lambda self: self.at)
    @rule(
        data=st.data(),
        act=st.sampled_from(["skip", "release"]),
        in_console=st.sampled_from(["in a console", ""]),
    )
    def give_back(self, data: st.DataObject, act: str, in_console: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.at)))
        reviewer = self.at.pop(name)
        desk = self.console if in_console else self.desk.claims
        self.do(getattr(desk, act)(video(name).video_id, reviewer))

    @precondition(lambda self: self.at)
    @rule(data=st.data(), colleague=reviewers)
    def park(self, data: st.DataObject, colleague: Reviewer) -> None:
        name = data.draw(st.sampled_from(sorted(self.at)))
        self.do(self.console.park(video(name).video_id, self.at.pop(name), for_whom=colleague.by))
        self.parked_for[name] = colleague.by

    @precondition(lambda self: self.at)
    @rule(data=st.data())
    def pass_on(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.at)))
        self.do(self.console.pass_on(video(name).video_id, self.at.pop(name), "unplayable"))

    @rule(name=names, reviewer=reviewers)
    def renew(self, name: str, reviewer: Reviewer) -> None:
        try:
            self.do(self.desk.claims.renew(video(name).video_id, reviewer))
        except NotClaimed:
            assert self.at.get(name) is not reviewer
        else:
            assert self.at[name] is reviewer

    @rule(which=st.sampled_from([0, 1]))
    def watch(self, which: int) -> None:
        self.do(self.watches[which].step())
        self._forget_ended()

    @rule()
    def all_reviewers_leave(self) -> None:
        for _ in range(2):
            for watch in self.watches:
                self.do(watch.step())
            self.desk.clock.move(STILL_S + 1)
        for watch in self.watches:
            self.do(watch.step())
        self._forget_ended()
        assert self.at == {}

    @invariant()
    def what_waits_is_open_and_what_is_open_waits_or_somebody_is_at_it(self) -> None:
        for name in VIDEOS:
            video_id = video(name).video_id
            open_items = {f"item#{item}" for item in self.do(self.desk.open_items(name))}
            claim = self.do(self.desk.items.claim_of(video_id))
            for index in ("waiting", "due_queue"):
                waits = {part for of, part in self.desk.waiting(index) if of == video_id}
                assert waits == (set() if claim is not None else open_items)
            assert (claim is None) == (name not in self.at)
            if claim is not None:
                assert claim.principal == self.at[name].principal

    @invariant()
    def what_the_status_asks_for_is_open_and_nothing_that_is_over(self) -> None:
        for name in VIDEOS:
            row = self.do(self.desk.row(name))
            if name not in self.unsettled and row.edition:
                items = self.do(self.desk.review_items.of_video(row.video_id))
                assert asked_for(row, self.desk.handling, drawn=False) <= {item.cause for item in items}
                assert [item for item in items if is_over(item, row)] == []

    def _forget_ended(self) -> None:
        for name in list(self.at):
            if self.do(self.desk.items.claim_of(video(name).video_id)) is None:
                del self.at[name]


TestReviewed = Reviewed.TestCase
TestReviewed.settings = hypothesis_settings(
    max_examples=examples(20), stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
