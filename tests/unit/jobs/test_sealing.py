"""Sealed videos: what is known of them goes to where only specialists see it, whole, and back if they say so."""

import asyncio
import copy
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import pytest

from reelsift.aws.claims import Claim, Content
from reelsift.aws.opinions import OPINION_PART, read_opinion
from reelsift.aws.seals import Marked
from reelsift.aws.table import Table
from reelsift.domain.decision import Action, EscalationKind, broken_link
from reelsift.domain.decision_request import DecisionRequest
from reelsift.domain.failure import Reason
from reelsift.domain.job import JobState
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.reason_catalogue import ReasonCatalogue
from reelsift.domain.status import Status, VideoStatus
from reelsift.domain.video import Video
from reelsift.errors import BeingSealed, DecidedMeanwhile, VideoSealed
from reelsift.jobs.admission import SlotHold
from reelsift.jobs.sealing import Sealing
from reelsift.manifests.messages import AttemptMessage
from reelsift.reviews.composition import deciding, deciding_sealed
from reelsift.reviews.deciding import Decided
from reelsift.reviews.reviewer import Reviewer
from reelsift.reviews.target import Target
from support.memory_stores import BUCKET
from support.memory_worker import MODERATION, MemoryWorker, RecordedBus, succeeded
from support.recorded_decisions import RecordedDecisions

KEY = "hidden/a.mp4"
OTHER = "other.mp4"
NOTE = "Jane saw it"
TELLING = (KEY, "Explicit", NOTE, f"etag of {KEY}", "graphic")
"""What nobody but specialists may read of it."""

ANNA, SPECIALIST = Reviewer("p-anna", "p-anna"), Reviewer("p-specialist", "p-specialist")


class World:
    """A worker that has analysed two videos, one of which people seal."""

    def __init__(self, **options: Any) -> None:
        self.bus = RecordedBus()
        self.worker = MemoryWorker(bus=self.bus, **options)
        self.deployment = self.worker.deployment
        self.now = self.worker.clock

    @classmethod
    async def made(cls, *, decided_before: bool = True) -> "World":
        world = cls()
        for key in (KEY, OTHER):
            await world.analyse(key)
        if decided_before:
            await world.decide(Action.REJECT, reasons=("graphic_violence",), note=NOTE)
        return world

    @property
    def video(self) -> Video:
        return Video(BUCKET, KEY, f"etag of {KEY}", size=1_000_000)

    @property
    def video_id(self) -> str:
        return self.video.video_id

    @property
    def sealing(self) -> Sealing:
        return self.worker.parts.sealing

    async def analyse(self, key: str) -> None:
        self.worker.rekognition.pages.append(succeeded(99))
        await self.worker.admit(self.worker.line(key))
        self.worker.complete(await self.worker.job(key))
        await self.worker.receive_completions()

    async def decide(self, action: Action, *, specialist: bool = False, **members: Any) -> Decided:
        make = deciding_sealed if specialist else deciding
        carries_out = make(self.deployment, ReasonCatalogue.built_in())
        request = DecisionRequest(action=action, **members).checked()
        made = await carries_out.decide(Target(self.video_id, self.video), request, SPECIALIST if specialist else ANNA)
        assert isinstance(made, Decided)
        return made

    async def seal(self) -> None:
        await self.decide(Action.ESCALATE, kind=EscalationKind.CHILD_SAFETY, note=NOTE)

    async def move(self) -> None:
        """What is due is moved, until nothing is."""
        for _ in range(20):
            if not await self.deployment.seals.due(self.now.now_ms(), 5):
                return
            await self.sealing.step()
            await self.sealing.drain()
        raise AssertionError("something is due all the time")

    async def settle_down(self) -> None:
        """Until nobody looks after it any more."""
        for _ in range(20):
            if not any("sealing" in row for row in self.worker.tables["reviews"].rows.values()):
                return
            await self.move()
            self.now.move(1000)
        raise AssertionError("somebody looks after it all the time")

    def told(self) -> str:
        """Everything that others than specialists can read, but for what the tables keep of lines' own manifests."""
        rows = [row for name, table in self.worker.tables.items() if name != "sealed" for row in table.rows.values()]
        of_it = [row for row in rows if self.video_id in str(row) or any(word in str(row) for word in (KEY, NOTE))]
        objects = [key for key in self.worker.work.objects if self.video_id in key]
        return f"{[row for row in of_it if not _is_outcome(row)]} {objects}"

    def left(self) -> set[str]:
        """The rows that name the video, by their parts, but for those of lines and of what is taken out of reports."""
        rows = [row for name, table in self.worker.tables.items() if name != "sealed" for row in table.rows.values()]
        named = [row for row in rows if self.video_id in str(row) and not _is_outcome(row)]
        return {row["part"] for row in named if row.get("batch_id") not in {"forgotten", "archive"}}

    async def outcome(self) -> Outcome:
        outcome = await self.worker.outcome(KEY)
        assert outcome is not None
        return outcome

    async def row(self) -> VideoStatus:
        row = await self.deployment.reviews.get(self.video_id)
        assert row is not None
        return row


def _is_outcome(row: dict[str, Any]) -> bool:
    return "line" in row and "finished_ms" in row


async def test_what_is_known_is_moved_and_the_stub_says_nothing_of_it() -> None:
    world = await World.made()
    before = copy.deepcopy(world.worker.tables["jobs"].rows)
    was = await world.row()
    await world.seal()
    await world.move()
    assert [word for word in TELLING if word in world.told()] == []
    assert world.left() == {"status", "decision#000001", "decision#000002"}
    stub = await world.row()
    assert (stub.sealed, stub.status, stub.revision) == (True, Status.REJECTED, was.revision)
    assert (stub.last_decision, stub.video, stub.verdict, stub.context) == (2, None, None, None)
    kept = [row async for row in world.deployment.sealed_rows.of_video(world.video_id)]
    assert {row.table for row in kept} == {"jobs", "labels", "reviews"}
    (job,) = [row for row in kept if row.table == "jobs"]
    assert job.row == before[world.video_id, str(MODERATION)]
    assert {key.split("/")[1] for key in world.worker.sealed.objects} >= {"raw", "results", "videos", "seal.json"}


async def test_a_second_opinion_goes_where_specialists_see_it_and_comes_back() -> None:
    world = await World.made()
    decided = await world.deployment.decisions.get(world.video_id, 1)
    assert decided is not None
    said = await RecordedDecisions(world.worker.tables["reviews"]).opine(decided, Action.REJECT, note=NOTE)
    await world.seal()
    await world.move()
    assert [word for word in TELLING if word in world.told()] == []
    assert world.left() == {"status", "decision#000001", "decision#000002"}
    kept = [row async for row in world.deployment.sealed_rows.of_video(world.video_id, "reviews", prefix=OPINION_PART)]
    assert [read_opinion(row.row).record() for row in kept] == [said.record()]
    await world.decide(Action.APPROVE, specialist=True)
    await world.settle_down()
    assert await world.deployment.opinions.of_video(world.video_id) == [read_opinion(row.row) for row in kept]


async def test_the_neighbour_keeps_what_it_has() -> None:
    world = await World.made()
    other = Video(BUCKET, OTHER, f"etag of {OTHER}").video_id

    def of_other() -> tuple[list[Any], dict[str, bytes]]:
        rows = [row for table in world.worker.tables.values() for row in table.rows.values() if other in str(row)]
        return copy.deepcopy(rows), {key: body for key, body in world.worker.work.objects.items() if other in key}

    before = of_other()
    await world.seal()
    await world.settle_down()
    assert of_other() == before


async def test_everybody_is_refused_from_the_moment_of_the_decision() -> None:
    world = await World.made()
    await world.seal()
    row = await world.row()
    assert (row.sealed, row.video, row.verdict, row.reasons, row.known) == (True, None, None, (), None)
    with pytest.raises(VideoSealed):
        await world.decide(Action.APPROVE)
    with pytest.raises(BeingSealed):
        await world.decide(Action.APPROVE, specialist=True)


async def test_its_event_says_status_and_id_and_is_told_at_once_before_and_after_it_was_moved() -> None:
    for moved_first in (True, False):
        world = await World.made(decided_before=False)
        world.bus.taken.clear()
        await world.seal()
        if moved_first:
            await world.move()
        await world.worker.parts.jobs.teller.step()
        (told,) = [detail for detail in world.bus.details() if detail["video"]["video_id"] == world.video_id]
        assert (told["status"], told["revision"]) == ("rejected", 2)
        assert set(told) == {"schema", "id", "revision", "video", "status"}
        assert set(told["video"]) == {"video_id"}
        await world.settle_down()
        assert not (await world.row()).unpublished


async def test_a_video_that_was_never_analysed_is_sealed_and_its_lines_cost_nothing() -> None:
    world = World()
    await world.seal()
    await world.settle_down()
    await world.worker.admit(world.worker.line(KEY))
    assert world.worker.rekognition.starts == []
    outcome = await world.outcome()
    assert (outcome.status, outcome.reason, outcome.cost_micros) == (OutcomeStatus.SKIPPED, Reason.SEALED, 0)
    assert (outcome.video_id, outcome.ref.key, outcome.message, outcome.forgotten) == (None, "", "", True)
    assert world.left() == {"status", "decision#000001"}
    assert set(world.worker.sealed.objects) == {f"{world.video_id}/seal.json"}


@pytest.mark.parametrize("moved_first", [True, False])
async def test_an_analysis_in_flight_is_not_read_and_its_slot_and_line_are_free(*, moved_first: bool) -> None:
    world = World()
    await world.worker.admit(world.worker.line(KEY))
    await world.seal()
    if moved_first:
        await world.move()
        assert (await world.worker.job(KEY)).state is JobState.RUNNING
    world.worker.rekognition.pages.append(succeeded(99))
    world.worker.complete(await world.worker.job(KEY))
    await world.worker.receive_completions()
    outcome = await world.outcome()
    assert (outcome.status, outcome.reason, outcome.ref.key) == (OutcomeStatus.SKIPPED, Reason.SEALED, "")
    assert outcome.billed_ms == 2000
    assert [slot.holder for slot in await world.deployment.slots.all()] == [None] * len(
        await world.deployment.slots.all()
    )
    await world.settle_down()
    assert [word for word in TELLING if word in world.told()] == []
    assert world.worker.alerts.sent == []


async def test_an_attempt_that_waits_is_not_begun() -> None:
    world = World(quota=1)
    await world.worker.admit(world.worker.line(OTHER))
    await world.worker.admit(world.worker.line(KEY))
    assert (await world.worker.job(KEY)).state is JobState.WAITING
    await world.seal()
    begun = world.worker.queues["begun"].sent
    assert begun
    due = AttemptMessage(world.video_id, MODERATION, 1)
    await world.worker.jobs.admissions.attempt(due, SlotHold(None))
    assert len(world.worker.rekognition.starts) == 1
    assert (await world.outcome()).reason is Reason.SEALED


class Killed(BaseException):
    """The worker is gone."""


async def test_a_worker_that_is_killed_anywhere_is_followed_by_one_that_ends_what_it_began(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for step in count():
        world = await World.made()
        await world.deployment.same_contents.note(Video(BUCKET, KEY, f"etag of {KEY}", size=9, sha256="5a" * 32))
        everything = _known(world)
        await world.seal()
        died = await _move_dying(world, step, monkeypatch)
        world.now.move(1000)
        await world.settle_down()
        assert [word for word in TELLING if word in world.told()] == [], step
        kept = {str(row.row) async for row in world.deployment.sealed_rows.of_video(world.video_id)}
        assert [row for row in everything if row not in kept and "'part': 'status'" not in row] == [], step
        if not died:
            assert step > 20
            return


async def test_the_way_back_ends_too_wherever_a_worker_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    for step in count():
        world = await World.made()
        before = _known(world)
        objects = {key for key in world.worker.work.objects if world.video_id in key}
        await world.seal()
        await world.settle_down()
        await world.decide(Action.WITHDRAW, decision=2, specialist=True)
        died = await _move_dying(world, step, monkeypatch)
        world.now.move(1000)
        await world.settle_down()
        row = await world.row()
        assert (row.sealed, row.status, row.last_decision, row.standing) == (False, Status.REJECTED, 3, 1), step
        assert row.video is not None
        after = _known(world)
        assert [each for each in before if each not in after and "'part': 'status'" not in each] == [], step
        assert {key for key in world.worker.work.objects if world.video_id in key} == objects, step
        assert [row async for row in world.deployment.sealed_rows.of_video(world.video_id)] == [], step
        assert world.worker.sealed.objects == {}, step
        seal = await world.deployment.sealed_rows.seal(world.video_id)
        assert seal is not None
        assert seal.lifted_ms is not None
        chain = [decision async for decision in world.deployment.decisions.of_video(world.video_id)]
        assert broken_link(chain, 3) is None
        if not died:
            assert step > 10
            return


def _known(world: World) -> set[str]:
    """The rows of a video, but for those of lines and slots."""
    tables = [world.worker.tables["jobs"], world.worker.tables["labels"], world.worker.tables["reviews"]]
    return {str(row) for table in tables for row in table.rows.values() if world.video_id in str(row)}


async def _move_dying(world: World, step: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Move, and die before write number `step`; whether that came."""
    writes, died = count(), False

    def dying(method: Callable[..., Any]) -> Callable[..., Any]:
        async def dies(*values: Any, **named: Any) -> Any:
            nonlocal died
            if next(writes) == step:
                died = True
                raise Killed
            return await method(*values, **named)

        return dies

    with monkeypatch.context() as patched:
        for table in world.worker.tables.values():
            for name in ("put", "update", "delete", "write_many", "transact"):
                patched.setattr(table, name, dying(getattr(table, name)))
        for name in ("_copy", "mark", "erase"):
            patched.setattr(world.worker.sealed, name, dying(getattr(world.worker.sealed, name)))
        patched.setattr(world.worker.work, "erase_below", dying(world.worker.work.erase_below))
        try:
            await world.sealing.take_up(world.video_id)
        except Killed:
            assert died
    return died


async def test_a_false_alarm_is_approved_told_and_asked_about_like_any_other() -> None:
    world = await World.made()
    await world.seal()
    await world.settle_down()
    world.bus.taken.clear()
    decided = await world.decide(Action.APPROVE, specialist=True)
    assert (decided.decision.number, decided.row.sealed) == (3, False)
    assert (await world.row()).sealed
    await world.settle_down()
    row = await world.row()
    assert (row.sealed, row.status, row.standing, row.video is not None) == (False, Status.APPROVED, 3, True)
    world.now.move(60)
    await world.worker.parts.jobs.teller.step()
    (told,) = [detail for detail in world.bus.details() if detail["revision"] == row.revision]
    assert (told["status"], told["video"]["key"]) == ("approved", KEY)
    again = await world.decide(Action.REJECT, reasons=("graphic_violence",))
    assert again.decision.number == 4


async def test_a_decision_that_had_taken_the_seal_away_is_withdrawn_and_the_seal_is_back() -> None:
    world = await World.made()
    await world.seal()
    await world.settle_down()
    await world.decide(Action.APPROVE, specialist=True)
    await world.settle_down()
    await world.decide(Action.WITHDRAW, decision=3)
    assert (await world.row()).sealed
    await world.settle_down()
    assert [word for word in TELLING if word in world.told()] == []
    assert {f"decision#00000{number}" for number in range(1, 5)} <= world.left()


async def test_specialists_reject_without_taking_the_seal_away() -> None:
    world = await World.made()
    await world.seal()
    await world.settle_down()
    await world.decide(Action.REJECT, reasons=("graphic_violence",), note=NOTE, specialist=True)
    await world.settle_down()
    assert [word for word in TELLING if word in world.told()] == []
    stub = await world.row()
    assert (stub.sealed, stub.last_decision) == (True, 3)
    with pytest.raises(DecidedMeanwhile):
        await world.decide(Action.APPROVE, specialist=True, seen=2)


@pytest.mark.parametrize("moved_first", [True, False])
async def test_specialists_decide_whatever_was_told_before_or_after_the_video_was_moved(*, moved_first: bool) -> None:
    world = await World.made()
    await world.seal()
    if moved_first:
        await world.move()
    await world.worker.parts.jobs.teller.step()
    await world.move()
    world.bus.taken.clear()
    await world.decide(Action.REJECT, reasons=("graphic_violence",), specialist=True)
    await world.decide(Action.APPROVE, specialist=True)
    await world.settle_down()
    row = await world.row()
    assert (row.sealed, row.status, row.last_decision) == (False, Status.APPROVED, 4)
    world.now.move(60)
    await world.worker.parts.jobs.teller.step()
    (told,) = [detail for detail in world.bus.details() if detail["video"]["video_id"] == world.video_id]
    assert (told["status"], told["revision"]) == ("approved", row.revision)


async def test_two_specialists_do_not_decide_at_once() -> None:
    world = await World.made()
    await world.seal()
    await world.settle_down()
    done = await asyncio.gather(
        *(world.decide(action, specialist=True, seen=2) for action in (Action.APPROVE, Action.ESCALATE)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Decided) for each in done) == 1
    assert sum(isinstance(each, DecidedMeanwhile) for each in done) == 1


async def test_a_seal_that_is_put_on_again_on_the_way_back_holds() -> None:
    world = await World.made()
    await world.seal()
    await world.settle_down()
    await world.decide(Action.APPROVE, specialist=True)
    kept = world.sealing._seals.make_row

    async def decided_meanwhile(marked: Marked, whole: Any) -> None:
        await world.decide(Action.ESCALATE, kind=EscalationKind.LEGAL, specialist=True)
        await kept(marked, whole)

    world.sealing._seals.make_row = decided_meanwhile  # type: ignore[method-assign]
    await world.sealing.take_up(world.video_id)
    world.sealing._seals.make_row = kept  # type: ignore[method-assign]
    world.now.move(1000)
    await world.settle_down()
    assert (await world.row()).sealed
    assert [word for word in TELLING if word in world.told()] == []
    assert world.left() == {"status", *(f"decision#00000{number}" for number in range(1, 5))}


async def test_what_a_slow_worker_leaves_later_is_moved_too() -> None:
    world = await World.made()
    await world.seal()
    await world.move()
    await world.deployment.work.put(f"results/{world.video_id}/late.json", b"Explicit", "application/json")
    world.worker.tables["labels"].rows[world.video_id, "late"] = {"video_id": world.video_id, "analysis_label": "late"}
    await world.settle_down()
    assert not [key for key in world.worker.work.objects if world.video_id in key]
    assert world.left() == {"status", "decision#000001", "decision#000002"}


async def test_without_a_place_nothing_is_deleted_and_it_is_said_and_counted() -> None:
    world = await World.made()
    await world.seal()
    world.sealing._place = None
    before = _known(world)
    await world.sealing.take_up(world.video_id)
    assert len(_known(world)) == len(before)
    assert world.worker.metrics.counted["SealingFailed",] == 1
    assert await world.deployment.seals.due(world.now.now_ms(), 5) == []
    assert (await world.deployment.seals.waiting(world.now.now_ms(), 5)).since_ms is not None
    assert world.deployment.work is not None
    assert [key for key in world.worker.work.objects if world.video_id in key]


async def test_a_copy_that_does_not_read_back_deletes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await World.made()
    await world.seal()
    before = _known(world)

    async def forgets(self: Table, puts: Any = (), deletes: Any = ()) -> None:
        assert not deletes
        del self, puts

    with monkeypatch.context() as patched:
        patched.setattr(type(world.worker.tables["sealed"]), "write_many", forgets)
        await world.sealing.take_up(world.video_id)
    assert len(_known(world)) == len(before)
    assert world.worker.metrics.counted["SealingFailed",] == 1
    world.now.move(1000)
    await world.settle_down()
    assert [word for word in TELLING if word in world.told()] == []


async def test_videos_of_the_same_content_are_analysed_by_themselves_from_then_on() -> None:
    world = await World.made()
    row = world.worker.tables["jobs"].rows[world.video_id, str(MODERATION)]
    row |= {"content": "5a" * 32, "size": 10}
    content, claims = Content("5a" * 32, 10, MODERATION), world.deployment.claims
    await claims.take(content, Claim(world.video_id, "{}", 1), None)
    await world.seal()
    await world.settle_down()
    assert await claims.get(content) is None


class Protector:
    """Notes what it is asked, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failures = 0

    async def protect(self, video: Video, versions: Sequence[str], at_ms: int) -> None:
        assert at_ms
        self.asked.append(f"protect {video.key} {len(versions)}")
        if self.failures:
            self.failures -= 1
            raise OSError("no")

    async def release(self, video_id: str) -> None:
        self.asked.append(f"release {video_id}")


async def test_the_object_is_protected_first_and_a_failure_holds_up_nothing_else() -> None:
    world = await World.made()
    protector = Protector()
    protector.failures = 1
    assert world.sealing._place is not None
    object.__setattr__(world.sealing._place, "protection", protector)
    await world.seal()
    await world.sealing.take_up(world.video_id)
    assert [word for word in TELLING if word in world.told()] == []
    assert world.worker.metrics.counted["SealingFailed",] == 1
    world.now.move(1000)
    await world.settle_down()
    assert set(protector.asked) == {f"protect {KEY} 0"}
    asked = len(protector.asked)
    assert asked > 1
    await world.decide(Action.APPROVE, specialist=True)
    await world.settle_down()
    assert protector.asked[asked:] == [f"release {world.video_id}"]


async def test_a_video_that_was_restored_as_sealed_is_listed_though_nobody_knows_for_what() -> None:
    world = World()
    row = VideoStatus(world.video_id, None, status=Status.REJECTED, revision=1_000, last_decision=2, sealed=True)
    await world.deployment.reviews.write(row, None)
    await world.settle_down()
    (seal,) = await world.deployment.sealed_rows.seals()
    assert (seal.video_id, seal.kind, seal.by, seal.decision) == (world.video_id, None, None, 2)
    assert world.left() == {"status"}
