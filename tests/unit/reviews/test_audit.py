"""The audit: every decision of a time in its order, and whether somebody has changed what was decided."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reelsift.aws.decisions import Place
from reelsift.domain.decision import Action
from reelsift.reviews.audit import PAGE, Audit, Audited
from support.memory_table import MemoryTable
from support.recorded_decisions import DAY_MS, NOW_MS, RecordedDecisions, video


async def _each(*video_ids: str) -> AsyncIterator[str]:
    for video_id in video_ids:
        yield video_id


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(-2 * DAY_MS, 2 * DAY_MS)), max_size=30),
    st.integers(-DAY_MS, DAY_MS),
    st.integers(1, 2 * DAY_MS),
)
async def test_all_decisions_of_a_time_are_read_once_in_their_order(
    made: list[tuple[int, int]], since: int, length: int
) -> None:
    world = RecordedDecisions()
    decisions = [await world.decide(number, Action.APPROVE, at_ms=NOW_MS + after) for number, after in made]
    since_ms, until_ms = NOW_MS + since, NOW_MS + since + length
    read = [audited async for audited in Audit(world.decisions, world.reviews).between(since_ms, until_ms)]
    expected = [one for one in decisions if since_ms <= one.at_ms < until_ms]
    assert {(one.decision.video_id, one.decision.number) for one in read} == {
        (one.video_id, one.number) for one in expected
    }
    assert len(read) == len(expected)
    assert [one.decision.at_ms for one in read] == sorted(one.decision.at_ms for one in read)
    assert {one.broken_at for one in read} <= {None}
    until = [audited async for audited in Audit(world.decisions, world.reviews).before(until_ms)]
    assert sorted(one.decision.at_ms for one in until) == sorted(one.at_ms for one in decisions if one.at_ms < until_ms)
    assert [one.decision.at_ms for one in until] == sorted(one.decision.at_ms for one in until)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(-40 * DAY_MS, 2 * DAY_MS)), max_size=30),
    st.integers(1, 45 * DAY_MS),
    st.integers(1, 4),
)
async def test_pages_have_each_decision_of_a_time_once_and_the_newest_first(
    made: list[tuple[int, int]], length: int, most: int
) -> None:
    world = RecordedDecisions()
    decisions = [await world.decide(number, Action.APPROVE, at_ms=NOW_MS + after) for number, after in made]
    until_ms, places, read = NOW_MS + DAY_MS, dict[int, Place](), list[Audited]()
    since_ms, wanted = until_ms - length, video(1).video_id
    before: tuple[int, Mapping[int, Place]] | None = (until_ms, places)
    while before is not None:
        page = await Audit(world.decisions, world.reviews).page_before(
            before[0], since_ms=since_ms, places=before[1], most=most, holds=lambda one: one.video_id != wanted
        )
        read += page.decisions
        assert len(page.decisions) <= most
        before = page.before
    expected = [one for one in decisions if since_ms <= one.at_ms < until_ms and one.video_id != wanted]
    assert sorted((one.decision.video_id, one.decision.number) for one in read) == sorted(
        (one.video_id, one.number) for one in expected
    )
    times = [one.decision.at_ms for one in read]
    assert times == sorted(times, reverse=True)


async def test_more_decisions_than_a_page_are_read_too() -> None:
    world = RecordedDecisions()
    for number in range(PAGE + 3):
        await world.decide(number, Action.REJECT)
    audit = Audit(world.decisions, world.reviews)
    assert len([one async for one in audit.between(NOW_MS, NOW_MS + 1)]) == PAGE + 3


async def test_what_was_taken_back_says_so_and_a_video_that_is_named_twice_is_read_once() -> None:
    world = RecordedDecisions()
    await world.decide(1, Action.REJECT, at_ms=NOW_MS)
    await world.decide(1, Action.WITHDRAW, at_ms=NOW_MS + 5, withdraws=1)
    await world.decide(2, Action.REJECT, at_ms=NOW_MS)
    audit = Audit(world.decisions, world.reviews)
    ids = video(1).video_id, video(3).video_id, video(1).video_id
    read = [audited async for audited in audit.of_videos(_each(*ids), 0, NOW_MS + 9)]
    assert [(audited.decision.number, audited.withdrawn) for audited in read] == [(1, True), (2, False)]
    assert [one.decision.number async for one in audit.of_videos(_each(*ids), NOW_MS + 1, NOW_MS + 9)] == [2]


async def test_a_decision_that_was_changed_or_taken_out_breaks_the_chain_of_its_video_alone() -> None:
    world = RecordedDecisions()
    for number in (1, 2, 3):
        await world.decide(number, Action.REJECT)
        await world.decide(number, Action.APPROVE)
    key = ("video_id", "part")
    changed, gone = (video(1).video_id, "decision#000001"), (video(2).video_id, "decision#000002")
    table = world.table
    assert isinstance(table, MemoryTable)
    for row in list(table.rows.values()):
        if tuple(row[name] for name in key) == changed:
            row["record"] = row["record"].replace('"p-one"', '"p-two"')
        elif tuple(row[name] for name in key) == gone:
            await world.table.delete({name: row[name] for name in key}, "attribute_exists(#part)")
    audit = Audit(world.decisions, world.reviews)
    read = [audited async for audited in audit.between(NOW_MS, NOW_MS + 1)]
    broken = {audited.decision.video_id: audited.broken_at for audited in read}
    assert broken == {video(1).video_id: 2, video(2).video_id: 2, video(3).video_id: None}


async def test_a_sealed_video_is_in_no_audit() -> None:
    world = RecordedDecisions()
    await world.decide(1, Action.REJECT)
    row = await world.reviews.get(video(1).video_id)
    assert row is not None
    await world.reviews.write(replace(row, sealed=True), row)
    audit = Audit(world.decisions, world.reviews)
    assert [audited async for audited in audit.between(NOW_MS, NOW_MS + 1)] == []
    assert audit.sealed == 1
