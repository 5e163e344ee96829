"""The archive of decisions: all of them get there, whoever dies; and from there they come back, and stand."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.aws.decision_archive import DecisionArchive
from reelsift.aws.table import ConditionFailed
from reelsift.domain.decision import Action, Decision, EscalationKind, broken_link, standing_of
from reelsift.domain.opinion import Opinion
from reelsift.domain.status import Status
from reelsift.reviews import archiving
from reelsift.reviews.archiving import Archiving, DamagedArchive, pack, unpack
from reelsift.reviews.restoring import UNKNOWN_REVISIONS, Restored, Restoring
from reelsift.runtime.lease import WorkerStops
from reelsift.runtime.timings import Timings
from support.clocks import SetClock
from support.memory_table import MemoryTable
from support.recorded_decisions import NOW_MS, RecordedDecisions, video


class MemoryArchive(DecisionArchive):
    """Objects in memory; `failing` puts are counted down before one is refused."""

    def __init__(self, table: MemoryTable) -> None:
        self.bucket = "archive"
        self.objects: dict[str, bytes] = {}
        self.before_put: Callable[[], object] = lambda: None
        self._table = table

    async def put(self, key: str, body: bytes) -> None:
        self.before_put()
        self.objects[key] = body

    async def get(self, key: str) -> bytes:
        return self.objects[key]

    async def keys(self) -> AsyncIterator[str]:
        for key in sorted(self.objects):
            yield key


def restoring(tables: RecordedDecisions, archive: MemoryArchive) -> Restoring:
    return Restoring(
        decisions=tables.decisions, opinions=tables.opinions, reviews=tables.reviews, decision_archive=archive
    )


class World(RecordedDecisions):
    """What is decided, and a worker that exports it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.archive = MemoryArchive(MemoryTable("batches"))
        self.clock = SetClock()
        self.stop = asyncio.Event()
        self.archiving = Archiving(
            decisions=self.decisions,
            opinions=self.opinions,
            decision_archive=self.archive,
            stop=self.stop,
            timings=Timings(),
            clock=self.clock,
        )

    @property
    def archived(self) -> list[tuple[str, int]]:
        found = [decision for body in self.archive.objects.values() for decision in unpack(body)]
        return sorted((one.video_id, one.number) for one in found if not isinstance(one, Opinion))

    async def into_empty_tables(self) -> tuple[RecordedDecisions, Restored]:
        """The tables are lost, and a restore is run."""
        empty = RecordedDecisions()
        return empty, await restoring(empty, self.archive).restore()


async def test_what_this_version_cannot_read_keeps_nothing_else_from_the_archive_and_its_own_mark() -> None:
    world = World()
    decided = [await world.decide(number, Action.REJECT) for number in range(1, 9)]
    opinions = [await world.opine(decision, Action.REJECT) for decision in decided]
    assert isinstance(world.table, MemoryTable)
    kept = {}
    for part in (f"decision#{1:06}", f"opinion#{1:06}"):
        row = world.table.rows[decided[0].video_id, part]
        kept[part], row["record"] = row["record"], "of a later version"
    assert await world.archiving.export(await world.archive.state()) == len(decided) + len(opinions) - 2
    assert world.archived == sorted((one.video_id, 1) for one in decided[1:])
    for part, record in kept.items():
        world.table.rows[decided[0].video_id, part]["record"] = record
    assert await world.archiving.export(await world.archive.state()) == 2


async def test_each_decision_is_exported_once_a_day_whatever_its_time() -> None:
    world = World()
    one = await world.decide(1, Action.REJECT)
    await world.archiving.step()
    behind = await world.decide(2, Action.REJECT, at_ms=NOW_MS - 10**9)
    await world.archiving.step()
    assert world.archived == [(one.video_id, 1)]
    world.clock.move(24 * 3600)
    await world.archiving.step()
    assert world.archived == sorted([(one.video_id, 1), (behind.video_id, 1)])
    assert await world.decisions.count_unarchived(5) == 0
    state = await world.archive.state()
    assert (state.decisions, state.last_ms) == (2, world.clock.now_ms())


async def test_an_export_that_dies_between_object_and_mark_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    decisions = [await world.decide(number, Action.REJECT) for number in range(4)]
    marked, tries = world.decisions.archived, count()

    async def dies(decision: object) -> None:
        if next(tries) == 2:
            raise RuntimeError("killed")
        await marked(decision)  # type: ignore[arg-type]

    monkeypatch.setattr(world.decisions, "archived", dies)
    with pytest.raises(RuntimeError, match="killed"):
        await world.archiving.step()
    world.clock.move(3600)
    await world.archiving.step()
    assert set(world.archived) == {(decision.video_id, 1) for decision in decisions}
    assert await world.decisions.count_unarchived(5) == 0


async def test_a_long_export_is_left_off_and_gone_on_with_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archiving, "DECISIONS_AN_OBJECT", 1)
    world = World()
    for number in range(3):
        await world.decide(number, Action.REJECT)
    world.archive.before_put = lambda: world.clock.move(Timings().report_step_s)
    for left in (2, 1, 0):
        await world.archiving.step()
        assert await world.decisions.count_unarchived(5) == left
        assert (await world.archive.state()).last_ms is None
    await world.archiving.step()
    assert (await world.archive.state()).last_ms == world.clock.now_ms()


async def test_nothing_is_marked_whose_object_was_not_written() -> None:
    world = World()
    await world.decide(1, Action.REJECT)

    def refused() -> None:
        raise ConnectionError

    world.archive.before_put = refused
    with pytest.raises(ConnectionError):
        await world.archiving.step()
    assert await world.decisions.count_unarchived(5) == 1


async def test_two_workers_do_not_export_at_once() -> None:
    world = World()
    await world.decide(1, Action.REJECT)
    state = await world.archive.state()
    await world.archiving.step()
    with pytest.raises(ConditionFailed):
        await world.archiving.export(state)


async def test_a_worker_that_is_to_stop_leaves_the_rest_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archiving, "DECISIONS_AN_OBJECT", 1)
    world = World()
    for number in range(3):
        await world.decide(number, Action.REJECT)
    world.archive.before_put = world.stop.set
    with pytest.raises(WorkerStops):
        await world.archiving.export(await world.archive.state())
    assert await world.decisions.count_unarchived(5) == 2
    world.stop.clear()
    world.archive.before_put = lambda: None
    await world.archiving.step()
    assert await world.decisions.count_unarchived(5) == 0
    assert len(world.archived) == 3


async def test_the_archive_holds_no_note_no_evidence_and_no_object() -> None:
    world = World()
    await world.decide(1, Action.REJECT, note="ask Jane Doe", evidence={"labels": ["Jane Doe"]})
    await world.archiving.step()
    (body,) = world.archive.objects.values()
    told = json.dumps([decision.record() for decision in unpack(body) if isinstance(decision, Decision)])
    assert "nudity" in told
    assert [word for word in ("Jane", "in/1.mp4", "videos", "salt") if word in told] == []


_steps = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([Action.REJECT, Action.APPROVE, Action.RESTRICT, Action.WITHDRAW])),
    max_size=20,
)


@given(_steps, st.data())
async def test_what_was_decided_stands_again_after_a_restore(
    steps: list[tuple[int, Action]], data: st.DataObject
) -> None:
    world = World()
    for number, action in steps:
        chain = [decision async for decision in world.decisions.of_video(video(number).video_id)]
        gone = {decision.withdraws for decision in chain}
        left = [one.number for one in chain if one.status is not None and one.number not in gone]
        if action is not Action.WITHDRAW:
            await world.decide(number, action)
        elif left:
            await world.decide(number, action, withdraws=data.draw(st.sampled_from(left)))
        if data.draw(st.booleans()):
            world.clock.move(24 * 3600)
            await world.archiving.step()
    world.clock.move(24 * 3600)
    await world.archiving.step()
    empty, done = await world.into_empty_tables()
    assert done.whole
    for number in range(4):
        video_id = video(number).video_id
        before = [decision async for decision in world.decisions.of_video(video_id)]
        after = [decision async for decision in empty.decisions.of_video(video_id)]
        assert after == before
        row = await empty.reviews.get(video_id)
        if not before:
            assert row is None
            continue
        assert row is not None
        was = await world.reviews.get(video_id)
        assert was is not None
        stands = standing_of(before)
        assert broken_link(after, row.last_decision) is None
        assert row.standing == (stands.number if stands else 0)
        assert row.status == (stands.status if stands else None)
        assert row.restriction == (stands.restriction if stands else None)
        assert row.revision > was.revision


async def test_a_restore_that_is_run_again_changes_nothing() -> None:
    world = World()
    await world.decide(1, Action.REJECT)
    await world.archiving.step()
    empty, first = await world.into_empty_tables()
    table = empty.table
    assert isinstance(table, MemoryTable)
    rows = {key: dict(row) for key, row in table.rows.items()}
    again = await restoring(empty, world.archive).restore()
    assert (first.decisions, first.videos) == (1, 1)
    assert (again.decisions, again.there, again.videos) == (0, 1, 0)
    assert table.rows == rows


async def test_a_restore_takes_nothing_away_from_what_is_there() -> None:
    world = World()
    await world.decide(1, Action.REJECT)
    await world.archiving.step()
    newer = await world.decide(1, Action.APPROVE)
    assert (await restoring(world, world.archive).restore()).videos == 0
    row = await world.reviews.get(newer.video_id)
    assert row is not None
    assert (row.status, row.standing) == (Status.APPROVED, 2)


async def test_what_is_damaged_different_or_missing_is_told_and_decides_nothing() -> None:
    world = World()
    first = await world.decide(1, Action.REJECT)
    second = await world.decide(1, Action.APPROVE)
    other = await world.decide(2, Action.REJECT)
    forged = replace(other, by="p-two")
    world.archive.objects = {
        "decisions/2096-10-02/1": pack([second]),
        "decisions/2096-10-02/2": pack([other])[:-10],
        "decisions/2096-10-02/3": pack([forged]),
    }
    empty = RecordedDecisions()
    await empty.decide(2, Action.REJECT)
    done = await restoring(empty, world.archive).restore()
    assert not done.whole
    assert (done.damaged.count, done.different.count, done.broken.count) == (1, 1, 1)
    assert await empty.reviews.get(first.video_id) is None


async def test_a_sealed_video_is_sealed_again() -> None:
    world = World()
    kind = EscalationKind.CHILD_SAFETY
    decision = await world.decide(1, Action.ESCALATE, status=Status.REJECTED, kind=kind)
    await world.archiving.step()
    empty, _ = await world.into_empty_tables()
    row = await empty.reviews.get(decision.video_id)
    assert row is not None
    assert row.sealed


async def test_of_what_was_sealed_before_the_export_the_archive_knows_that_it_is() -> None:
    world = World()
    await world.decide(1, Action.APPROVE)
    await world.archiving.step()
    sealing = await world.decide(1, Action.ESCALATE, status=Status.REJECTED, kind=EscalationKind.LEGAL, note="Jane")
    assert isinstance(world.table, MemoryTable)
    for number in (1, 2):
        row = world.table.rows[sealing.video_id, f"decision#{number:06}"]
        row["sealed"] = True
        del row["record"], row["private"]
    world.clock.move(24 * 3600)
    await world.archiving.step()
    assert await world.decisions.count_unarchived(5) == 0
    assert "legal" not in str([gzip.decompress(body) for body in world.archive.objects.values()])
    empty, done = await world.into_empty_tables()
    row_after = await empty.reviews.get(sealing.video_id)
    assert row_after is not None
    assert (row_after.sealed, row_after.status, row_after.last_decision) == (True, Status.REJECTED, 2)
    assert row_after.revision >= UNKNOWN_REVISIONS
    assert done.whole
    again = await restoring(empty, world.archive).restore()
    assert (again.whole, again.videos, again.decisions) == (True, 0, 0)


@pytest.mark.parametrize("body", [b"", b"no archive", pack([])[:8]])
def test_what_is_no_object_of_an_archive_is_refused(body: bytes) -> None:
    with pytest.raises(DamagedArchive):
        unpack(body)


async def test_opinions_come_back_as_they_were_but_for_what_could_be_forgotten() -> None:
    world = World()
    one, two = await world.decide(1, Action.REJECT), await world.decide(2, Action.REJECT)
    agreed = await world.opine(one, Action.REJECT, note="clear")
    other = await world.opine(two, Action.APPROVE)
    await world.archiving.step()
    assert await world.opinions.count_unarchived(10) == 0
    empty, done = await world.into_empty_tables()
    assert (done.decisions, done.opinions, done.whole) == (2, 2, True)
    found = [await empty.opinions.get(each.video_id, each.decision) for each in (agreed, other)]
    assert [each.record() for each in found if each is not None] == [agreed.record(), other.record()]
    assert [each.private for each in found if each is not None] == [None, None]
    again = await restoring(empty, world.archive).restore()
    assert (again.opinions, again.whole) == (0, True)


async def test_an_opinion_that_says_something_else_than_the_archive_stays_and_is_named() -> None:
    world = World()
    one = await world.decide(1, Action.REJECT)
    await world.opine(one, Action.REJECT)
    await world.archiving.step()
    empty = RecordedDecisions()
    await empty.opine(one, Action.APPROVE)
    done = await restoring(empty, world.archive).restore()
    assert done.different.named == [f"opinion on decision 1 on video {one.video_id}"]
