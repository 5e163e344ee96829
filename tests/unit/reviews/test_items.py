"""Which items a video has, whatever becomes of its status, and whoever dies half-way."""

from dataclasses import replace

import pytest

from reelsift.aws.table import TransactionRefused
from reelsift.domain.batch import Batch
from reelsift.domain.failure import Reason
from reelsift.domain.handling import Handling
from reelsift.domain.policy import Verdict
from reelsift.domain.review_item import PRIORITY_RANK
from reelsift.domain.status import Status
from support.call_counts import counted
from support.interleaving import Interleaving
from support.live import always
from support.reviewing import STILL_S, Desk, peak, reviewing, video

ANN = reviewing("ann")


async def test_what_the_policy_could_not_clear_is_asked_for_once() -> None:
    desk = Desk()
    row = await desk.judge(Verdict.REVIEW, peak())
    await desk.items.settle(row)
    await desk.items.settle(row)
    assert await desk.open_items() == {"verdict"}
    assert len(desk.waiting("waiting")) == len(desk.waiting("due_queue")) == 1
    assert desk.metrics.counted["ItemsOpened", "verdict"] == 1


async def test_what_it_then_approves_is_no_longer_asked_for() -> None:
    desk = Desk()
    await desk.judge(Verdict.REJECT, peak())
    await desk.judge(Verdict.APPROVE)
    assert await desk.open_items() == set()
    assert desk.waiting("waiting") == desk.waiting("due_queue") == set()
    await desk.judge(Verdict.INCOMPLETE)
    assert await desk.open_items() == {"verdict"}


async def test_for_an_approval_nothing_is_read_or_written() -> None:
    desk = Desk()
    row = await desk.judge(Verdict.APPROVE, settle=False)
    with counted(desk.table) as made:
        await desk.items.settle(row)
    assert made == {}


@pytest.mark.parametrize(("reason", "items"), [(Reason.UNSUPPORTED_CODEC, {"failed"}), (Reason.ARCHIVED, set())])
async def test_what_could_not_be_analysed_is_asked_for_if_the_policy_names_the_reason(
    reason: Reason, items: set[str]
) -> None:
    desk = Desk()
    await desk.fail(reason)
    assert await desk.open_items() == items


async def test_a_drawn_approval_is_asked_for_with_the_probability_it_was_drawn_with_and_stays_when_that_changes() -> (
    None
):
    desk = Desk(Handling(audit_approvals=1.0))
    row = await desk.judge(Verdict.APPROVE)
    (item,) = await desk.review_items.of_video(row.video_id)
    assert (item.name, item.queue, item.probability) == ("sample", "samples", 1.0)
    desk.items._handling = always(Handling())
    await desk.items.settle(row)
    assert await desk.open_items() == {"sample"}


async def test_who_may_not_read_the_secret_draws_nothing() -> None:
    desk = Desk(Handling(audit_approvals=1.0))
    desk.items._draw_secret = None
    await desk.judge(Verdict.APPROVE)
    assert await desk.open_items() == set()


async def test_a_decision_closes_what_it_answers_and_ends_the_claim() -> None:
    desk = Desk()
    await desk.judge(Verdict.REVIEW, peak())
    await desk.ask_for(appeal="7")
    assert await desk.claims.next(ANN) is not None
    await desk.decide(Status.REJECTED)
    assert await desk.open_items() == {"appeal#7"}
    assert await desk.items.claim_of(video().video_id) is None
    # It waits for somebody again, for it was not answered.
    assert {part for _, part in desk.waiting()} == {"item#appeal#7"}
    await desk.decide(Status.APPROVED, appeal="7")
    assert await desk.open_items() == set()


async def test_an_escalation_opens_its_item_in_the_transaction_of_the_decision() -> None:
    desk = Desk()
    await desk.judge(Verdict.REVIEW, peak())
    await desk.decide(Status.IN_REVIEW)
    assert await desk.open_items() == {"escalated"}
    await desk.decide(Status.REJECTED)
    assert await desk.open_items() == set()


async def test_a_decided_video_is_looked_at_again_where_more_speaks_against_it_and_decided_anew_no_longer() -> None:
    desk = Desk()
    await desk.judge(Verdict.REVIEW, peak("Alcohol"))
    await desk.decide(Status.APPROVED)
    await desk.judge(Verdict.REVIEW, peak("Alcohol", 99.0))
    assert await desk.open_items() == set()
    row = await desk.judge(Verdict.REVIEW, peak("Alcohol", 99.0), peak("Violence"))
    assert row.status is Status.APPROVED
    assert await desk.open_items() == {"contradicted"}
    await desk.decide(Status.APPROVED)
    assert await desk.open_items() == set()
    await desk.judge(Verdict.REVIEW, peak("Violence"))
    assert await desk.open_items() == set()


async def test_what_a_decision_had_answered_is_asked_again_once_it_is_taken_back() -> None:
    desk = Desk(Handling(audit_approvals=1.0))
    row = await desk.judge(Verdict.APPROVE)
    await desk.ask_for(text="look")
    asked = await desk.review_items.of_video(row.video_id)
    assert {item.name for item in asked} == {"sample", "requested"}
    await desk.decide(Status.REJECTED)
    assert await desk.open_items() == set()
    await desk.take_back()
    assert await desk.review_items.of_video(row.video_id) == asked
    assert {part for _, part in desk.waiting()} == {"item#sample", "item#requested"}
    await desk.decide(Status.APPROVED)
    await desk.decide(Status.REJECTED)
    assert await desk.open_items() == set()


async def test_what_is_asked_for_twice_is_one_item() -> None:
    desk = Desk()
    await desk.judge(Verdict.APPROVE)
    first = await desk.ask_for(text="look")
    again = await desk.ask_for(text="look again")
    assert again == first
    assert await desk.open_items() == {"requested"}


async def test_a_video_of_a_batch_with_priority_has_a_higher_rank() -> None:
    desk = Desk()
    await desk.batches.create(Batch("urgent", "urgent", "urgent.csv", 1, total=1, chunks=1, priority=1))
    row = await desk.judge(Verdict.REVIEW, peak(), settle=False)
    await desk.items.settle(row)
    plain = await desk.review_items.of_video(row.video_id)
    row = await desk.judge(Verdict.APPROVE)
    asked = replace(await desk.row(), asked_by=("urgent", "1"))
    asked = await desk.reviews.write(asked, await desk.row())
    await desk.judge(Verdict.REVIEW, peak())
    urgent = await desk.review_items.of_video(row.video_id)
    assert urgent[0].rank == plain[0].rank + PRIORITY_RANK


async def test_an_item_that_is_opened_while_somebody_is_at_the_video_waits_with_the_claim() -> None:
    desk = Desk()
    await desk.judge(Verdict.REVIEW, peak())
    assert await desk.claims.next(ANN) is not None
    await desk.ask_for()
    assert desk.waiting() == set()
    await desk.claims.release(video().video_id, ANN)
    assert {part for _, part in desk.waiting()} == {"item#verdict", "item#requested"}


@pytest.mark.parametrize("end", ["decide", "release", "skip", "leave"])
async def test_an_item_that_is_opened_while_a_claim_ends_waits_or_is_closed(end: str) -> None:
    """Whoever ends the claim has read the items, and somebody opens another before they write."""
    desk = Desk()
    await desk.judge(Verdict.REVIEW, peak())
    assert await desk.claims.next(ANN) is not None
    watch = desk.watch()
    await watch.step()
    desk.clock.move(STILL_S + 1)

    async def ending() -> None:
        if end == "leave":
            await watch.step()
        elif end == "decide":
            await decide()
        else:
            await getattr(desk.claims, end)(video().video_id, ANN)

    async def decide() -> None:
        for _ in range(2):
            try:
                await desk.decide(Status.REJECTED)
            except TransactionRefused:
                continue
            return

    interleaving = Interleaving()
    interleaving.hold("table", desk.table, "transact")
    ender = await interleaving.begin(ending())
    await interleaving.until(ender, "table transact")
    assert interleaving.held == 1
    await desk.ask_for(appeal="7")
    await interleaving.finish()
    assert await desk.items.claim_of(video().video_id) is None
    still_open = {"appeal#7"} if end == "decide" else {"appeal#7", "verdict"}
    assert await desk.open_items() == still_open
    for index in ("waiting", "due_queue"):
        assert {part for _, part in desk.waiting(index)} == {f"item#{name}" for name in still_open}
    # The next claim has seen no item that this one had.
    claimed = await desk.claims.next(reviewing("bob"))
    assert claimed is not None
    assert claimed.claim.opened == 0


async def test_who_settles_an_older_row_late_opens_nothing_that_is_not_asked_for_any_more() -> None:
    """Two workers judge a video one after the other; the first sleeps before it settles, at each of its requests."""
    for late in range(8):
        desk = Desk()
        interleaving = Interleaving()
        interleaving.hold("reviews", desk.reviews, "get")
        interleaving.hold("table", desk.table, "transact", "put", "get")
        interleaving.hold_query("table", desk.table)
        old = await desk.judge(Verdict.REVIEW, peak(), settle=False)
        sleeper = await interleaving.begin(desk.items.settle(old))
        for _ in range(late):
            if sleeper in interleaving.workers:
                await interleaving.let_through(0)
        await desk.judge(Verdict.APPROVE)
        await interleaving.finish()
        assert await desk.open_items() == set(), late
