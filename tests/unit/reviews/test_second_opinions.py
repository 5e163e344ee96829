"""Second opinions: about what another person is asked, how it looks to them, and what becomes of what they say."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelsift.aws.table import TransactionRefused
from reelsift.domain.decision import Action, EscalationKind, digest_of
from reelsift.domain.handling import Handling, QueueRule
from reelsift.domain.policy import Verdict
from reelsift.domain.review_item import ReviewItem
from reelsift.domain.status import Status
from reelsift.errors import (
    DecidedMeanwhile,
    KeyUsed,
    NoOpinionAsked,
    OpinionStands,
    OwnDecision,
    OwnDisagreement,
    ReelsiftError,
    VideoSealed,
)
from reelsift.reviews.claims import Claimed
from reelsift.reviews.deciding import Decided
from reelsift.reviews.opining import Opined
from reelsift.reviews.reviewer import Reviewer
from reelsift.runtime.clock import as_ms
from support.decisions import UNDO_MS
from support.interleaving import Interleaving
from support.opining import ANN, BOB, CLEO, EVERY_DECISION, OpiningDesk, with_decision
from support.reviewing import peak, reviewing, video
from support.thoroughness import examples

DAY_S = 24 * 3600


async def given_to(desk: OpiningDesk, who: Reviewer, *queues: str) -> Claimed:
    claimed = await desk.claims.next(who, queues)
    assert claimed is not None
    return claimed


async def opined(desk: OpiningDesk, action: Action, who: Reviewer, **members: Any) -> Opined:
    made = await desk.say(action, who, **members)
    assert isinstance(made, Opined)
    return made


async def _another_opinion(desk: OpiningDesk) -> None:
    await desk.videos.opine(Action.REJECT, CLEO, video=video())


async def _a_new_decision(desk: OpiningDesk) -> None:
    await desk.say(Action.APPROVE, CLEO, seen=1)


async def _withdrawn(desk: OpiningDesk) -> None:
    await desk.say(Action.WITHDRAW, ANN, decision=1)


# What is drawn


async def test_another_person_is_asked_once_a_decision_cannot_be_taken_back_unheard() -> None:
    desk = OpiningDesk()
    await desk.judge(Verdict.REVIEW, peak())
    await desk.say(Action.REJECT, ANN)
    await desk.second_opinions.step()
    assert await desk.asked() is None
    await desk.worker_draws()
    item = await desk.asked()
    assert item is not None
    assert (item.queue, item.probability, item.excluded) == ("second_opinions", 1.0, frozenset({"ann"}))
    assert await desk.decisions.undrawn(desk.clock.now_ms(), limit=10) == []


@pytest.mark.parametrize("undo", [Action.WITHDRAW, Action.APPROVE, Action.ESCALATE])
async def test_nobody_is_asked_about_what_does_not_stand_any_more(undo: Action) -> None:
    desk = OpiningDesk()
    await desk.judge(Verdict.REVIEW, peak())
    await desk.say(Action.REJECT, ANN)
    members: dict[str, Any] = {"decision": 1} if undo is Action.WITHDRAW else {}
    await desk.say(undo, ANN, **members)
    await desk.worker_draws()
    item = await desk.asked()
    # A new decision is asked about itself.
    assert (item is not None) == (undo is Action.APPROVE)
    assert item is None or item.after_decision == 2
    assert await desk.decisions.undrawn(desk.clock.now_ms() + 10 * UNDO_MS, limit=10) == []


async def test_nobody_is_asked_about_what_a_second_person_has_upheld() -> None:
    desk = OpiningDesk()
    await desk.judge(Verdict.REVIEW, peak())
    await desk.say(Action.REJECT, ANN)
    await desk.ask_for(appeal="7", queue="appeals", excluded=frozenset({"ann"}))
    await desk.say(Action.UPHOLD, BOB, appeal="7")
    await desk.worker_draws()
    assert await desk.open_items() == set()


async def test_the_share_is_that_of_when_it_was_decided_and_a_draw_falls_the_same_whoever_makes_it() -> None:
    desk = OpiningDesk(Handling(second_opinions=0.5))
    for number in range(20):
        await desk.judge(Verdict.REVIEW, peak(), name=f"{number}")
        await desk.say(Action.APPROVE, ANN, f"{number}")
    desk.clock.move(UNDO_MS / 1000)
    waiting = await desk.decisions.undrawn(desk.clock.now_ms(), limit=100)
    assert {undrawn.share for undrawn in waiting} == {0.5}
    await desk.second_opinions.step()
    drawn = {f"{number}" for number in range(20) if await desk.asked(f"{number}") is not None}
    assert 4 < len(drawn) < 16
    for undrawn in waiting:
        # Another worker was at the same, and asks nobody anew.
        await desk.second_opinions.draw(undrawn)
    assert {f"{number}" for number in range(20) if await desk.asked(f"{number}") is not None} == drawn


@pytest.mark.parametrize("part", ["status", "decision#000001"])
async def test_what_this_version_cannot_read_keeps_no_other_decision_from_its_draw(part: str) -> None:
    desk = OpiningDesk()
    for name in ("a.mp4", "b.mp4"):
        await desk.judge(Verdict.REVIEW, peak(), name=name)
        await desk.say(Action.REJECT, ANN, name)
    row = desk.table.rows[video("a.mp4").video_id, part]
    row |= {"status": "of_a_later_version", "record": "of a later version"}
    await desk.worker_draws()
    assert await desk.asked("b.mp4") is not None
    assert desk.metrics.counted["ProgramFailures",] == (part == "status")


async def test_where_nobody_is_to_be_asked_a_decision_says_nothing_of_it() -> None:
    desk = OpiningDesk(Handling())
    await desk.judge(Verdict.REVIEW, peak())
    await desk.say(Action.REJECT, ANN)
    (row,) = [row for row in desk.table.rows.values() if row["part"].startswith("decision#")]
    assert not {"due_queue", "due_at", "second_opinions"} & row.keys()


# How it looks


async def test_whoever_gives_one_sees_the_video_as_if_nobody_had_decided_it() -> None:
    desk = await with_decision(note="from 0:40")
    undecided = OpiningDesk()
    undecided.clock = desk.clock
    row = await undecided.judge(Verdict.REVIEW, peak())
    first = await given_to(undecided, BOB)
    claimed = await given_to(desk, BOB)
    shown = replace(claimed.item, created_ms=0, due_ms=0)
    assert shown == replace(first.item, created_ms=0, due_ms=0)
    assert claimed.item.due_ms - claimed.item.created_ms == first.item.due_ms - first.item.created_ms
    assert (claimed.claim.item, claimed.others) == ("verdict", ())
    assert (claimed.row.status, claimed.row.standing, claimed.row.last_decision) == (row.status, 0, 0)
    assert (claimed.row.restriction, claimed.row.reasons, claimed.row.history) == (None, (), ())


async def test_it_is_given_among_the_others_by_rank_and_in_the_queue_that_it_seems_to_be_of() -> None:
    handling = replace(EVERY_DECISION, queues={"violence": QueueRule("rough")})
    desk = await with_decision(handling=handling)
    await desk.judge(Verdict.REVIEW, peak("Nudity", 80.0), name="b")
    await desk.judge(Verdict.REVIEW, peak(confidence=95.0), name="c")
    assert await desk.claims.next(BOB, ["appeals"]) is None
    names = [(await given_to(desk, BOB, *queues)).row.video for queues in [("rough",), ("rough",), ("default",)]]
    assert [None if one is None else one.key for one in names] == ["c", "a.mp4", "b"]


async def test_nobody_who_has_had_a_say_is_given_one_or_gives_one_whatever_name_they_type() -> None:
    desk = await with_decision()
    again = Reviewer("another name", ANN.principal)
    assert await desk.claims.next(again) is None
    with pytest.raises(OwnDecision):
        await desk.videos.opine(Action.REJECT, again, video=video())


async def test_whoever_sees_outcomes_where_they_work_is_given_what_is_no_second_opinion() -> None:
    desk = await with_decision()
    lead = replace(BOB, sees_outcomes=True)
    assert await desk.claims.next(lead) is None
    assert await desk.claims.take(video().video_id, lead) is None
    await desk.judge(Verdict.REVIEW, peak("Nudity", 80.0), name="b")
    assert (await given_to(desk, lead)).row.video == video("b")
    assert (await given_to(desk, BOB)).row.video == video()


async def test_what_people_are_asked_about_for_another_reason_is_shown_as_it_is() -> None:
    desk = await with_decision()
    await desk.ask_for()
    claimed = await given_to(desk, BOB)
    assert (claimed.item.name, claimed.row.status, claimed.others) == ("requested", Status.REJECTED, ())
    made = await desk.say(Action.APPROVE, BOB)
    assert isinstance(made, Decided)
    assert await desk.open_items() == set()


async def test_whoever_names_the_video_gets_what_it_is_asked_about_openly_first() -> None:
    """Although the second opinion is the older of two that go alike."""
    desk = OpiningDesk()
    await desk.judge(Verdict.REVIEW, peak(confidence=100.0))
    await desk.say(Action.REJECT, ANN)
    await desk.worker_draws()
    await desk.ask_for()
    taken = await desk.claims.take(video().video_id, BOB)
    assert taken is not None
    assert (taken.item.name, taken.row.status) == ("requested", Status.REJECTED)


async def test_whoever_was_given_it_once_and_sees_it_openly_later_decides() -> None:
    desk = await with_decision()
    await given_to(desk, BOB)
    await desk.claims.release(video().video_id, BOB)
    await desk.ask_for()
    assert (await given_to(desk, BOB)).item.name == "requested"
    assert isinstance(await desk.say(Action.APPROVE, BOB), Decided)


async def test_a_claim_that_knows_not_who_else_had_it_is_refused() -> None:
    desk = await with_decision()
    stale = await desk.asked()
    assert stale is not None
    await given_to(desk, BOB)
    await desk.claims.release(video().video_id, BOB)
    with pytest.raises(TransactionRefused):
        await desk.table.transact({"item": desk.review_items.taking(stale, given_to="cleo")})


async def test_an_approval_that_nobody_would_have_looked_at_looks_like_one_that_was_drawn() -> None:
    desk = OpiningDesk(replace(EVERY_DECISION, audit_approvals=0.25))
    desk.draw_secret._value = b"\xff" * 32
    await desk.judge(Verdict.APPROVE)
    await desk.say(Action.APPROVE, ANN)
    await desk.worker_draws()
    claimed = await given_to(desk, BOB)
    assert (claimed.item.name, claimed.item.queue, claimed.item.probability) == ("sample", "samples", 0.25)
    assert claimed.row.status is Status.APPROVED


async def test_after_a_reload_and_for_whoever_names_the_video_it_is_in_disguise_too() -> None:
    desk = await with_decision()
    taken = await desk.claims.take(video().video_id, BOB)
    # Somebody asks for a look meanwhile: who is at it is not to see that it was decided.
    await desk.ask_for(text="reported")
    held = await desk.claims.held(video().video_id, BOB)
    assert taken is not None
    assert (taken.item, taken.row, taken.others) == (held.item, held.row, held.others)
    assert (held.item.name, held.row.last_decision, held.others) == ("verdict", 0, ())
    assert isinstance(await desk.say(Action.REJECT, BOB, seen=0), Opined)
    assert await desk.open_items() == {"requested"}
    assert {part for _, part in desk.waiting()} == {"item#requested"}


async def test_what_a_reviewer_wants_is_asked_of_the_disguise() -> None:
    desk = await with_decision()
    seen: list[str] = []

    def wanted(item: ReviewItem) -> bool:
        seen.append(item.name)
        return False

    assert await desk.claims.next(BOB, wanted=wanted) is None
    assert set(seen) == {"verdict"}


# What they say


async def test_what_they_decide_is_an_opinion_and_where_both_agree_that_is_all() -> None:
    desk = await with_decision()
    before = await desk.row()
    claimed = await given_to(desk, BOB)
    said = await opined(desk, Action.REJECT, BOB, seen=claimed.row.last_decision, reasons=("hate",), note="clear")
    opinion = await desk.opinion()
    assert said.opinion == opinion
    assert opinion is not None
    assert (opinion.agrees, opinion.by, opinion.principal, opinion.probability) == (True, BOB.by, "bob", 1.0)
    assert [reason.code for reason in opinion.reasons] == ["hate"]
    assert opinion.private is not None
    assert (opinion.private.note, opinion.private.digest) == ("clear", opinion.private_digest)
    assert await desk.row() == before
    assert await desk.open_items() == set()
    assert await desk.items.claim_of(video().video_id) is None
    assert await desk.claims.next(CLEO) is None


async def test_the_opinion_names_what_was_known_by_its_digest() -> None:
    desk = await with_decision()
    desk.videos.evidence = {"verdict": "review"}
    said = await desk.videos.opine(Action.REJECT, BOB, video=video())
    assert said.opinion.private is not None
    assert said.opinion.private.evidence == {"sha256": digest_of({"verdict": "review"})}


@pytest.mark.parametrize(
    ("first", "second", "agrees"),
    [
        ({"action": Action.APPROVE}, {"action": Action.APPROVE}, True),
        ({"action": Action.APPROVE}, {"action": Action.REJECT}, False),
        ({"action": Action.APPROVE}, {"action": Action.ESCALATE}, False),
        ({"action": Action.RESTRICT, "age": 16}, {"action": Action.RESTRICT, "age": 18}, False),
        ({"action": Action.RESTRICT, "age": 16}, {"action": Action.RESTRICT, "age": 16, "demote": True}, False),
        (
            {"action": Action.RESTRICT, "warning_label": "Blood"},
            {"action": Action.RESTRICT, "warning_label": "Gore"},
            True,
        ),
    ],
)
async def test_two_agree_where_they_say_the_same_and_else_a_third_is_asked(
    first: dict[str, object], second: dict[str, object], *, agrees: bool
) -> None:
    desk = await with_decision(**first)  # type: ignore[arg-type]
    said = await desk.videos.opine(video=video(), **second)  # type: ignore[arg-type]
    assert said.opinion.agrees is agrees
    assert await desk.open_items() == (set() if agrees else {"escalated"})


async def test_until_a_third_person_decides_the_first_decision_stands_and_neither_of_the_two_changes_it() -> None:
    desk = await with_decision()
    await given_to(desk, BOB)
    said = await opined(desk, Action.APPROVE, BOB, note="satire")
    assert not said.opinion.agrees
    row = await desk.row()
    assert (row.status, row.standing, row.last_decision) == (Status.REJECTED, 1, 1)
    # A worker that settles the video meanwhile leaves the question open.
    await desk.items.settle(row)
    for one in (ANN, BOB):
        assert await desk.claims.next(one) is None
        with pytest.raises(OwnDisagreement):
            await desk.say(Action.APPROVE, one, seen=1)
    claimed = await given_to(desk, CLEO)
    assert (claimed.item.queue, claimed.item.text, claimed.item.asked_by) == ("escalated", "satire", BOB.by)
    # The third person sees what was decided.
    assert (claimed.row.status, claimed.row.last_decision) == (Status.REJECTED, 1)
    assert isinstance(await desk.say(Action.APPROVE, CLEO, seen=1), Decided)
    assert (await desk.row()).status is Status.APPROVED
    assert await desk.open_items() == set()


async def test_the_first_takes_back_what_the_second_disagrees_with() -> None:
    desk = await with_decision()
    await desk.videos.opine(Action.APPROVE, BOB, video=video())
    await desk.say(Action.WITHDRAW, ANN, decision=1)
    assert await desk.open_items() == {"verdict"}
    assert await desk.opinion() is not None


async def test_an_urgent_escalation_is_carried_out_whatever_it_was_given_for() -> None:
    desk = await with_decision()
    await given_to(desk, BOB)
    made = await desk.say(Action.ESCALATE, BOB, kind=EscalationKind.CHILD_SAFETY, seen=0)
    assert isinstance(made, Decided)
    assert made.row.sealed
    assert await desk.open_items() == set()
    with pytest.raises(VideoSealed):
        await desk.videos.opine(Action.REJECT, CLEO, video=video())


@pytest.mark.parametrize("second", [Action.REJECT, Action.APPROVE])
async def test_an_opinion_is_taken_back_at_once_and_asked_for_again(second: Action) -> None:
    desk = await with_decision()
    claimed = await given_to(desk, BOB)
    await opined(desk, second, BOB)
    await desk.videos.deciding.take_back_opinion(video().video_id, 1, BOB)
    assert await desk.opinion() is None
    assert await desk.open_items() == {"second_opinion"}
    again = await given_to(desk, BOB)
    assert (again.item, again.row) == (claimed.item, claimed.row)
    await opined(desk, Action.REJECT, BOB)
    opinion = await desk.opinion()
    assert opinion is not None
    assert opinion.agrees
    (exported,) = [one async for one in desk.opinions.unarchived()]
    assert exported == opinion


async def _too_late(desk: OpiningDesk) -> None:
    desk.clock.move(UNDO_MS / 1000)


async def _third_is_at_it(desk: OpiningDesk) -> None:
    await given_to(desk, CLEO)


@pytest.mark.parametrize("then", [_too_late, _third_is_at_it, _a_new_decision, _withdrawn])
async def test_an_opinion_stands_once_somebody_acts_on_it_or_after_a_while(
    then: Callable[[OpiningDesk], Awaitable[None]],
) -> None:
    desk = await with_decision()
    await desk.videos.opine(Action.APPROVE, BOB, video=video())
    with pytest.raises(OpinionStands):
        await desk.videos.deciding.take_back_opinion(video().video_id, 1, CLEO)
    await then(desk)
    before = await desk.open_items()
    with pytest.raises(OpinionStands):
        await desk.videos.deciding.take_back_opinion(video().video_id, 1, BOB)
    assert await desk.opinion() is not None
    assert await desk.open_items() == before


# What comes in between


@pytest.mark.parametrize("comes", [_another_opinion, _a_new_decision, _withdrawn])
async def test_whoever_is_late_is_told_and_decides_nothing(comes: Callable[[OpiningDesk], Awaitable[None]]) -> None:
    """They have seen nothing of what was decided: their word must not stand above it."""
    desk = await with_decision()
    claimed = await given_to(desk, BOB)
    await comes(desk)
    row = await desk.row()
    # Whether they say what they have seen, which is nothing, or do not; where nothing stands any more they need not.
    said: list[dict[str, Any]] = [{"seen": claimed.row.last_decision}, *([] if comes is _withdrawn else [{}])]
    for members in said:
        with pytest.raises(DecidedMeanwhile):
            await desk.say(Action.APPROVE, BOB, **members)
    assert await desk.row() == row
    with pytest.raises(NoOpinionAsked):
        await desk.videos.opine(Action.APPROVE, BOB, video=video())


async def test_whoever_has_lost_the_claim_still_gives_an_opinion_and_no_decision() -> None:
    desk = await with_decision()
    await given_to(desk, BOB)
    await desk.claims.release(video().video_id, BOB)
    await given_to(desk, CLEO)
    said = await opined(desk, Action.APPROVE, BOB)
    assert said.interrupted is not None
    assert said.interrupted.principal == "cleo"


async def test_what_nobody_has_answered_in_time_expires_and_is_given_to_nobody() -> None:
    desk = await with_decision()
    desk.clock.move(7 * DAY_S)
    assert await desk.claims.next(BOB) is None
    assert await desk.asked() is not None
    await desk.second_opinions.step()
    assert await desk.asked() is None
    assert (await desk.row()).status is Status.REJECTED


async def test_nothing_expires_while_somebody_is_at_it() -> None:
    desk = await with_decision(handling=replace(EVERY_DECISION, due_hours={"second_opinions": 1.0}))
    await given_to(desk, BOB)
    desk.clock.move(3601)
    await desk.second_opinions.step()
    assert isinstance(await desk.say(Action.REJECT, BOB), Opined)


async def test_a_video_that_is_forgotten_keeps_the_record_of_its_opinion_alone() -> None:
    desk = await with_decision()
    await desk.videos.opine(Action.APPROVE, BOB, video=video(), note="satire")
    opinion = await desk.opinion()
    assert opinion is not None
    await desk.opinions.forget(opinion)
    await desk.reviews.forget_parts(video().video_id)
    left = await desk.opinion()
    assert left is not None
    assert (left, left.private) == (opinion, None)


async def test_under_a_key_an_opinion_is_taken_down_once() -> None:
    desk = await with_decision()
    await given_to(desk, BOB)
    first = await desk.say(Action.REJECT, BOB, key="k")
    again = await desk.say(Action.REJECT, BOB, key="k")
    assert isinstance(first, Opined)
    assert isinstance(again, Opined)
    assert (again.opinion, again.repeated) == (first.opinion, True)
    with pytest.raises(KeyUsed):
        await desk.say(Action.APPROVE, BOB, key="k")


@settings(max_examples=examples(20), deadline=None)
@given(st.data())
async def test_of_an_opinion_and_what_crosses_it_both_are_whole_or_one_is_refused(data: st.DataObject) -> None:
    """Whatever order their requests come in: another opinion, a new decision, a withdrawal."""
    desk = await with_decision()
    await given_to(desk, BOB)
    order = Interleaving()
    order.hold("reviews", desk.table, "get", "put", "update", "transact")
    refused: list[ReelsiftError] = []

    crosses = data.draw(st.sampled_from([_another_opinion, _a_new_decision, _withdrawn]))

    async def doing(work: Awaitable[object]) -> None:
        try:
            await work
        except ReelsiftError as told:
            refused.append(told)

    members: dict[str, Any] = data.draw(st.sampled_from([{"seen": 0}] if crosses is _withdrawn else [{"seen": 0}, {}]))
    await order.begin(doing(desk.say(Action.APPROVE, BOB, **members)))
    await order.begin(doing(crosses(desk)))
    while await order.waits():
        await order.let_through(data.draw(st.integers(0, order.held - 1)))
    opinion, row = await desk.opinion(), await desk.row()
    assert len(refused) <= 1
    assert await desk.asked() is None
    # A decision or withdrawal is never lost; an opinion that is there was about what stood then.
    assert row.last_decision == (1 if crosses is _another_opinion else 2)
    disputed = opinion is not None and not opinion.agrees and row.last_decision == 1
    assert ("escalated" in await desk.open_items()) == disputed
    assert await desk.items.claim_of(video().video_id) is None


async def test_a_worker_that_dies_before_it_has_asked_is_followed_by_one_that_asks_once() -> None:
    desk = OpiningDesk()
    await desk.judge(Verdict.REVIEW, peak())
    await desk.say(Action.REJECT, ANN)
    desk.clock.move(UNDO_MS / 1000)
    (undrawn,) = await desk.decisions.undrawn(desk.clock.now_ms(), limit=10)
    assert undrawn.at_ms == undrawn.decision.at_ms + as_ms(UNDO_MS / 1000)
    order = Interleaving()
    order.hold("reviews", desk.table, "transact")
    died = await order.begin(desk.second_opinions.draw(undrawn))
    assert await order.waits()
    await order.kill(died)
    assert await desk.asked() is None
    slow = await order.begin(desk.second_opinions.draw(undrawn))
    await desk.second_opinions.step()
    assert await desk.asked() is not None
    await desk.videos.opine(Action.REJECT, BOB, video=video())
    # The one that slept asks nobody again.
    await order.until(slow, "never")
    assert await desk.open_items() == set()


async def test_several_who_were_given_it_one_after_the_other_are_all_known() -> None:
    desk = await with_decision()
    for one in (BOB, CLEO, reviewing("dora")):
        await given_to(desk, one)
        await desk.claims.skip(video().video_id, one)
    item = await desk.asked()
    assert item is not None
    assert item.given == {"bob", "cleo", "dora"}
