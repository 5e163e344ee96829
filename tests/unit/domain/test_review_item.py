from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.failure import Failure, Reason
from reelsift.domain.handling import DEFAULT_QUEUE, Handling, QueueRule
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.review_item import (
    MOST_RANK,
    OWN_QUEUES,
    SKIPS_KNOWN,
    ItemCause,
    ReviewItem,
    asked_for,
    is_over,
    new_item,
    skipped_by,
)
from reelsift.domain.status import Known, Status, VideoStatus
from reelsift.domain.video_verdict import VideoVerdict, alerted_label
from support.reviewing import peak, verdict, video

VIDEO = video()
JUDGED = VideoStatus.new(VIDEO)
HANDLING = Handling(
    queues={"violence": QueueRule("rough", 2.0), "explicit": QueueRule("adult")}, due_hours={"rough": 2.0}
)


def in_review(*peaks: Peak) -> VideoStatus:
    return replace(JUDGED, status=Status.IN_REVIEW, verdict=verdict(Verdict.REVIEW, *peaks, of=VIDEO))


def item(cause: ItemCause = ItemCause.VERDICT, **members: object) -> ReviewItem:
    made = new_item(in_review(peak()), cause, HANDLING, now_ms=1000)
    return replace(made, **members)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "causes"),
    [
        (JUDGED, set()),
        (replace(JUDGED, status=Status.APPROVED), {ItemCause.SAMPLE}),
        (replace(JUDGED, status=Status.APPROVED, standing=1), set()),
        (in_review(peak()), {ItemCause.VERDICT}),
        (replace(in_review(), standing=1), {ItemCause.ESCALATED}),
        (replace(JUDGED, status=Status.REJECTED, standing=1), set()),
        (replace(JUDGED, status=Status.FAILED, failure=Failure(Reason.TOO_LARGE, "x")), {ItemCause.FAILED}),
        (replace(JUDGED, status=Status.FAILED, failure=Failure(Reason.ARCHIVED, "x")), set()),
        (replace(in_review(), sealed=True), set()),
        (replace(in_review(), video=None), set()),
    ],
)
def test_a_status_asks_for_an_item_and_with_another_that_is_over(row: VideoStatus, causes: set[ItemCause]) -> None:
    """What is asked for is not over, and what is not asked for is."""
    assert asked_for(row, Handling(), drawn=True) == causes
    by_status = {ItemCause.VERDICT, ItemCause.FAILED, ItemCause.SAMPLE, ItemCause.ESCALATED}
    left = {cause for cause in by_status if not is_over(item(cause), row)}
    # A failure that nobody wants to see any more is still one: what is open already stays.
    assert left == causes | ({ItemCause.FAILED} if row.status is Status.FAILED else set())


def test_nothing_is_drawn_but_what_was_drawn() -> None:
    assert asked_for(replace(JUDGED, status=Status.APPROVED), Handling(), drawn=False) == frozenset()


def test_what_somebody_asked_for_is_over_once_it_is_decided_and_not_by_an_earlier_decision() -> None:
    asked = item(ItemCause.REQUESTED, after_decision=2)
    assert not is_over(asked, replace(JUDGED, status=Status.APPROVED))
    assert not is_over(asked, replace(JUDGED, status=Status.APPROVED, last_decision=2, standing=2))
    # A decision was withdrawn, and an earlier one stands again: nobody has looked.
    assert not is_over(asked, replace(JUDGED, status=Status.APPROVED, last_decision=3, standing=1))
    assert is_over(asked, replace(JUDGED, status=Status.APPROVED, last_decision=3, standing=3))


KNOWN = Known(Verdict.REVIEW, frozenset({alerted_label(peak("Alcohol"))}))


@pytest.mark.parametrize(
    ("known", "now", "contradicted"),
    [
        (KNOWN, verdict(Verdict.REVIEW, peak("Alcohol", 99.0), of=VIDEO), False),
        (KNOWN, verdict(Verdict.REVIEW, peak("Alcohol"), peak("Violence"), of=VIDEO), True),
        (KNOWN, verdict(Verdict.REJECT, peak("Alcohol"), of=VIDEO), True),
        (KNOWN, verdict(Verdict.APPROVE, of=VIDEO), False),
        (KNOWN, verdict(Verdict.INCOMPLETE, of=VIDEO), False),
        (Known(), verdict(Verdict.REVIEW, peak("Alcohol"), of=VIDEO), True),
        (Known(), verdict(Verdict.APPROVE, of=VIDEO), False),
        (Known(), None, False),
        # A decision of before this was kept.
        (None, verdict(Verdict.REJECT, peak(), of=VIDEO), False),
    ],
)
def test_more_that_speaks_against_a_video_than_was_known_when_it_was_let_through_is_looked_at(
    known: Known | None, now: VideoVerdict | None, *, contradicted: bool
) -> None:
    for status in Status:
        row = replace(JUDGED, status=status, standing=1, known=known, verdict=now)
        shown = status in {Status.APPROVED, Status.RESTRICTED}
        assert (ItemCause.CONTRADICTED in asked_for(row, Handling(), drawn=False)) == (contradicted and shown)


@given(st.sets(st.sampled_from("abc")), st.sets(st.sampled_from("abc"), min_size=1))
def test_what_was_known_does_not_contradict_and_what_was_not_does(known: set[str], now: set[str]) -> None:
    before = verdict(Verdict.REVIEW, *map(peak, sorted(known)), of=VIDEO)
    after = verdict(Verdict.REVIEW, *map(peak, sorted(now)), of=VIDEO)
    assert Known.of(before).is_less_grave_than(after) == (not now <= known)


@pytest.mark.parametrize("cause", [ItemCause.APPEAL, ItemCause.SECOND_OPINION])
def test_an_answer_to_a_person_is_over_by_what_people_say_only(cause: ItemCause) -> None:
    assert not any(is_over(item(cause), replace(JUDGED, status=status, standing=1)) for status in Status)


def test_the_reason_that_weighs_most_says_the_queue_and_the_rank() -> None:
    explicit, violence = peak("Explicit Nudity", 99.0, ("Explicit",)), peak("Violence", 60.0)
    made = new_item(in_review(explicit, violence), ItemCause.VERDICT, HANDLING, now_ms=5)
    assert (made.queue, made.rank, made.due_ms) == ("rough", 1200, 5 + 2 * 3_600_000)
    alone = new_item(in_review(explicit), ItemCause.VERDICT, HANDLING, now_ms=5)
    assert (alone.queue, alone.rank, alone.due_ms) == ("adult", 990, 5 + 24 * 3_600_000)


def test_what_has_no_reason_goes_by_half_and_what_somebody_asks_for_as_if_it_were_certain() -> None:
    ranks = [
        new_item(in_review(), cause, HANDLING, now_ms=5).rank for cause in (ItemCause.VERDICT, ItemCause.REQUESTED)
    ]
    assert ranks == [500, 1000]
    assert new_item(in_review(), ItemCause.VERDICT, HANDLING, now_ms=5).queue == DEFAULT_QUEUE


@pytest.mark.parametrize(("cause", "queue"), OWN_QUEUES.items())
def test_items_of_some_causes_have_a_queue_to_themselves(cause: ItemCause, queue: str) -> None:
    assert new_item(in_review(peak()), cause, HANDLING, now_ms=5).queue == queue


ranked = st.builds(
    lambda rank, created, number: item(rank=rank, created_ms=created, video_id=f"{number:040x}"),
    st.integers(0, 2 * MOST_RANK),
    st.integers(0, 10**13 - 1),
    st.integers(0, 3),
)


@given(st.lists(ranked))
def test_items_are_in_order_by_rank_and_then_by_age(items: list[ReviewItem]) -> None:
    for before, after in pairwise(sorted(items, key=lambda each: each.order)):
        assert (-before.rank, before.created_ms) <= (-after.rank, after.created_ms)


def test_a_video_of_a_batch_with_priority_goes_before_all_others_of_its_queue() -> None:
    made = [
        new_item(in_review(peak("Violence", 100.0)), ItemCause.VERDICT, HANDLING, now_ms=5),
        new_item(in_review(), ItemCause.VERDICT, HANDLING, now_ms=9, priority=True),
    ]
    assert made[1].order < made[0].order


def test_a_skipped_item_is_not_for_the_same_reviewer_on_the_same_day() -> None:
    skipped = item(skipped=skipped_by(item(), "ann", "2026-01-01"))
    assert not skipped.may_be_given_to("ann", "2026-01-01")
    assert skipped.may_be_given_to("ann", "2026-01-02")
    assert skipped.may_be_given_to("bob", "2026-01-01")
    assert not item(excluded=frozenset({"ann"})).may_be_given_to("ann", "2026-01-01")


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["2026-01-01", "2026-01-02"])), max_size=250))
def test_who_has_skipped_an_item_just_now_is_remembered_and_not_more_than_some(skips: list[tuple[int, str]]) -> None:
    known = item()
    for number, day in sorted(skips, key=lambda skip: skip[1]):
        known = replace(known, skipped=skipped_by(known, f"p{number}", day))
        assert known.skipped[f"p{number}"] == day
        assert len(known.skipped) <= SKIPS_KNOWN
