"""Who gets which item, and when nobody else does."""

from dataclasses import replace

import pytest

from reelsift.aws.review_rows import SHARDS
from reelsift.domain.handling import Handling, QueueRule
from reelsift.domain.policy import Verdict
from reelsift.domain.review_item import ItemCause, new_item
from reelsift.domain.status import Status
from reelsift.errors import NotClaimed
from reelsift.reviews.claims import DUE_SOON_MS, LOOKED_AT, ClaimDesk
from reelsift.reviews.reviewer import Reviewer
from support.call_counts import counted
from support.interleaving import Interleaving
from support.reviewing import AS_SHIPPED, STILL_S, Desk, peak, reviewing, video

ANN, BOB = reviewing("ann"), reviewing("bob")
DAY_S = 24 * 3600


async def with_items(number: int, handling: Handling = AS_SHIPPED) -> Desk:
    """Videos `0` to `number - 1`, which the policy is surer of the higher their number."""
    desk = Desk(handling)
    for index in range(number):
        row = await desk.judge(Verdict.REVIEW, peak(confidence=50 + index / 10), name=f"{index}", settle=False)
        # As `settle` opens it, which asks a table in memory for each of its rows.
        item = new_item(row, ItemCause.VERDICT, handling, now_ms=desk.clock.now_ms())
        await desk.review_items.name_queue(item.queue)
        await desk.table.transact({"item": desk.review_items.opening(item, claimed=False)})
    return desk


async def name_of_next(desk: Desk, reviewer: Reviewer, *queues: str) -> str | None:
    """The name of the video that somebody is given."""
    claimed = await desk.claims.next(reviewer, queues)
    return None if claimed is None or claimed.row.video is None else claimed.row.video.key


async def test_the_highest_rank_goes_first_and_everybody_gets_another_video() -> None:
    desk = await with_items(20)
    given = [await name_of_next(desk, reviewing(f"r{number}")) for number in range(20)]
    assert given == [f"{number}" for number in reversed(range(20))]
    assert await name_of_next(desk, ANN) is None


async def test_what_is_due_within_an_hour_goes_before_what_has_a_higher_rank() -> None:
    desk = await with_items(3)
    await desk.ask_for("0", due_ms=desk.clock.now_ms() + DUE_SOON_MS)
    assert await name_of_next(desk, ANN) == "0"
    assert await name_of_next(desk, BOB) == "2"


async def test_somebody_gets_items_of_the_queues_they_name_only() -> None:
    desk = await with_items(1, Handling(queues={"violence": QueueRule("rough")}))
    await desk.judge(Verdict.APPROVE, name="asked")
    await desk.ask_for("asked")
    assert await desk.review_items.queues() == ["default", "rough"]
    assert await name_of_next(desk, ANN, "default") == "asked"
    assert await name_of_next(desk, ANN) == "0"
    assert await name_of_next(desk, ANN) is None


async def test_all_items_of_a_video_wait_while_somebody_is_at_it() -> None:
    desk = await with_items(1)
    await desk.ask_for("0")
    claimed = await desk.claims.next(ANN)
    assert claimed is not None
    assert {claimed.item.name, *(item.name for item in claimed.others)} == {"verdict", "requested"}
    assert await desk.claims.next(BOB) is None
    assert desk.waiting("waiting") == desk.waiting("due_queue") == set()


async def test_what_somebody_skips_others_get_at_once_and_they_themselves_on_the_next_day() -> None:
    desk = await with_items(1)
    assert await name_of_next(desk, ANN) == "0"
    await desk.claims.skip(video("0").video_id, ANN)
    assert await name_of_next(desk, ANN) is None
    assert await name_of_next(desk, BOB) == "0"
    await desk.claims.release(video("0").video_id, BOB)
    assert await name_of_next(desk, BOB) == "0"
    await desk.claims.release(video("0").video_id, BOB)
    desk.clock.move(DAY_S)
    assert await name_of_next(desk, ANN) == "0"


async def test_who_has_skipped_all_that_goes_first_gets_what_follows() -> None:
    """More than one look at the beginning of each shard shows."""
    desk = await with_items(8 * LOOKED_AT[0] + 5)
    skipped = []
    while (name := await name_of_next(desk, ANN)) is not None:
        skipped.append(name)
        await desk.claims.skip(video(name).video_id, ANN)
    assert sorted(map(int, skipped)) == list(range(8 * LOOKED_AT[0] + 5))


async def test_an_appeal_is_never_given_to_who_is_excluded_from_it() -> None:
    desk = Desk()
    await desk.judge(Verdict.REVIEW, peak())
    await desk.decide(Status.REJECTED)
    await desk.ask_for(appeal="7", queue="appeals", excluded=frozenset({"ann"}))
    assert await name_of_next(desk, ANN) is None
    assert await name_of_next(desk, BOB) == "a.mp4"


async def test_an_item_that_nobody_has_closed_in_time_is_not_given_out() -> None:
    """A worker died between the verdict and its items."""
    desk = await with_items(1)
    await desk.judge(Verdict.APPROVE, name="0", settle=False)
    assert await name_of_next(desk, ANN) is None
    assert await desk.open_items("0") == set()


async def test_only_who_is_at_a_video_gives_it_back_or_renews() -> None:
    desk = await with_items(1)
    video_id = video("0").video_id
    for act in (desk.claims.renew, desk.claims.release, desk.claims.skip):
        with pytest.raises(NotClaimed):
            await act(video_id, ANN)
    assert await name_of_next(desk, ANN) == "0"
    for act in (desk.claims.renew, desk.claims.release, desk.claims.skip):
        with pytest.raises(NotClaimed):
            await act(video_id, BOB)
    assert (await desk.claims.renew(video_id, ANN)).counter == 1


async def test_a_claim_that_stands_still_goes_back_and_one_that_is_renewed_does_not() -> None:
    desk = await with_items(2)
    assert [await name_of_next(desk, ANN), await name_of_next(desk, BOB)] == ["1", "0"]
    watch = desk.watch()
    for _ in range(12):
        await watch.step()
        desk.clock.move(STILL_S / 10)
        await desk.claims.renew(video("1").video_id, ANN)
    assert await desk.items.claim_of(video("0").video_id) is None
    assert {part for video_id, part in desk.waiting()} == {"item#verdict"}
    assert await name_of_next(desk, BOB) == "0"
    assert await desk.items.claim_of(video("1").video_id) is not None


async def test_a_claim_that_the_program_fails_over_keeps_no_other_from_its_end_and_is_tried_again() -> None:
    desk = await with_items(8)
    for _ in range(8):
        await desk.claims.next(ANN)
    rows = [desk.table.rows[video(str(number)).video_id, "item#verdict"] for number in range(8)]
    for row in rows[:4]:
        row["cause"] = "of_a_later_version"
    watch = desk.watch()
    for _ in range(3):
        await watch.step()
        desk.clock.move(STILL_S)
    left = [await desk.items.claim_of(video(str(number)).video_id) is not None for number in range(8)]
    assert left == [True] * 4 + [False] * 4
    assert desk.metrics.counted["ProgramFailures",] == 8
    for row in rows[:4]:
        row["cause"] = "verdict"
    await watch.step()
    assert await desk.items.claim_of(video("0").video_id) is None


async def test_a_process_that_has_not_watched_for_long_enough_ends_no_claim_whatever_the_time_of_day_says() -> None:
    """The reviewer's clock is a day behind: the claim looks old to everybody."""
    desk = await with_items(1)
    desk.clock.move(-DAY_S)
    assert await name_of_next(desk, ANN) == "0"
    desk.clock.move(DAY_S)
    watch = desk.watch()
    await watch.step()
    desk.clock.move(STILL_S - 1)
    await watch.step()
    assert await desk.items.claim_of(video("0").video_id) is not None


async def test_a_renewal_that_comes_just_before_the_end_keeps_the_claim() -> None:
    """The watcher has read the counter, and ends the claim only if it is still that."""
    desk = await with_items(1)
    assert await name_of_next(desk, ANN) == "0"
    watch = desk.watch()
    await watch.step()
    desk.clock.move(STILL_S)
    interleaving = Interleaving()
    interleaving.hold("table", desk.table, "transact")
    watcher = await interleaving.begin(watch.step())
    await interleaving.until(watcher, "table transact")
    await desk.claims.renew(video("0").video_id, ANN)
    await interleaving.finish()
    assert await desk.items.claim_of(video("0").video_id) is not None
    assert desk.waiting() == set()


@pytest.mark.parametrize("requests", range(8))
async def test_an_item_that_is_opened_just_as_somebody_takes_the_video_waits_with_the_claim(requests: int) -> None:
    """Whichever of the two comes in between the requests of the other."""
    desk = await with_items(1)
    interleaving = Interleaving()
    interleaving.hold("table", desk.table, "transact", "get", "put")
    interleaving.hold_query("table", desk.table)

    async def open_another() -> None:
        await desk.ask_for("0")

    opener = await interleaving.begin(open_another())
    for _ in range(requests):
        if opener in interleaving.workers:
            await interleaving.let_through(0)
    assert await name_of_next(desk, ANN) == "0"
    await interleaving.finish()
    assert desk.waiting() == set()
    await desk.claims.release(video("0").video_id, ANN)
    assert {part for _, part in desk.waiting()} == {"item#verdict", "item#requested"}


async def test_twenty_at_once_get_twenty_videos() -> None:
    desk = await with_items(30)
    interleaving = Interleaving()
    interleaving.hold("table", desk.table, "transact")
    given: list[str | None] = []

    async def review(number: int) -> None:
        given.append(await name_of_next(desk, reviewing(f"r{number}")))

    for number in range(20):
        await interleaving.begin(review(number))
    while await interleaving.waits():
        await interleaving.let_through(interleaving.held - 1)
    assert len(set(given)) == len(given) == 20
    assert None not in given


async def test_the_number_of_requests_and_of_items_read_does_not_grow_with_what_is_open() -> None:
    made = []
    for number in (60, 150):
        desk = await with_items(number)
        with counted(desk.table) as requests:
            assert await name_of_next(desk, ANN) == f"{number - 1}"
        made.append(requests)
    assert made[0] == made[1]


async def test_a_row_of_a_later_version_keeps_nobody_from_the_others() -> None:
    desk = await with_items(2)
    key = (video("1").video_id, "item#verdict")
    desk.table.rows[key] = desk.table.rows[key] | {"cause": "of a later version"}
    assert await name_of_next(desk, ANN) == "0"


async def test_a_claim_names_who_has_it_and_under_which_name_they_act() -> None:
    desk = await with_items(1)
    claimed = await desk.claims.next(replace(ANN))
    assert claimed is not None
    assert (claimed.claim.principal, claimed.claim.by) == ("ann", "ann as they are called")


async def test_what_is_parked_for_a_colleague_only_they_get_and_before_all_else() -> None:
    desk = await with_items(3)
    assert await name_of_next(desk, ANN) == "2"
    await desk.claims.park(video("2").video_id, ANN, for_whom=BOB.by)
    assert await name_of_next(desk, ANN) == "1"
    assert await name_of_next(desk, reviewing("eve")) == "0"
    assert await desk.claims.take(video("2").video_id, ANN) is None
    assert await name_of_next(desk, BOB) == "2"
    # From then on it is as any other.
    await desk.claims.release(video("2").video_id, BOB)
    assert await name_of_next(desk, ANN) == "2"


async def test_what_somebody_parks_for_themselves_they_get_last_and_others_after_a_day() -> None:
    desk = await with_items(2)
    assert await name_of_next(desk, ANN) == "1"
    await desk.claims.park(video("1").video_id, ANN)
    assert await name_of_next(desk, ANN) == "0"
    assert await name_of_next(desk, BOB) is None
    assert await name_of_next(desk, ANN) == "1"
    await desk.claims.park(video("1").video_id, ANN)
    desk.clock.move(DAY_S - 1)
    assert await name_of_next(desk, BOB) is None
    desk.clock.move(1)
    assert await name_of_next(desk, BOB) == "1"


async def test_what_a_reviewer_does_not_take_is_told_by_the_verdict_of_now() -> None:
    desk = await with_items(2)
    row = await desk.judge(Verdict.REVIEW, peak("Nazi Party", parents=("Hate Symbols",)), name="1")
    assert row.verdict is not None
    declined = {"Hate Symbols"}
    claimed = await desk.claims.next(ANN, wanted=lambda item: not declined & {*item.categories})
    assert claimed is not None
    assert claimed.item.video_id == video("0").video_id
    assert claimed.item.categories == ("Violence",)
    assert await desk.claims.next(ANN, wanted=lambda item: not declined & {*item.categories}) is None


async def test_what_somebody_holds_is_told_again_as_long_as_it_is_asked_for() -> None:
    desk = await with_items(1)
    video_id = video("0").video_id
    given = await desk.claims.take(video_id, ANN)
    assert given is not None
    assert await desk.claims.held(video_id, ANN) == given
    with pytest.raises(NotClaimed):
        await desk.claims.held(video_id, BOB)
    await desk.judge(Verdict.APPROVE, name="0")
    with pytest.raises(NotClaimed):
        await desk.claims.held(video_id, ANN)
    assert await desk.review_items.claim_of(video_id) is None


async def test_reviewers_of_one_process_share_what_is_offered_and_miss_nothing_by_that() -> None:
    desk = await with_items(3)
    shared = ClaimDesk(
        review_items=desk.review_items, reviews=desk.reviews, items=desk.items, clock=desk.clock, shared_s=60
    )
    assert await shared.next(ANN, ["default"]) is not None
    with counted(desk.table) as made:
        assert await shared.next(BOB, ["default"]) is not None
    # The claim on the video and its items alone.
    assert made["query"] == 1
    with counted(desk.table) as made:
        assert await desk.claims.next(reviewing("eve"), ["default"]) is not None
    assert made["query"] >= 2 * SHARDS
    # Somebody else's process has taken the third by that, and one more waits since.
    await desk.judge(Verdict.REVIEW, peak(confidence=99.0), name="new")
    claimed = await shared.next(reviewing("dan"), ["default"])
    assert claimed is not None
    assert claimed.item.video_id == video("new").video_id
    await shared.release(video("2").video_id, ANN)
    again = await shared.next(reviewing("fay"), ["default"])
    assert again is not None
    assert again.item.video_id == video("2").video_id
