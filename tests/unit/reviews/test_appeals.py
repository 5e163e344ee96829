"""Appeals: decided once, by somebody else than the decider objected to, and told."""

import json

import pytest

from reelsift.domain.decision import Action
from reelsift.domain.policy import Policy, Verdict
from reelsift.domain.review_item import ItemCause, ReviewItem
from reelsift.domain.status import Cause, Status
from reelsift.errors import AppealsUntold, NoSuchAppeal, NotWithdrawable, OwnAppeal
from reelsift.reviews.deciding import AT_ONCE_MS
from reelsift.reviews.desk import reviewer_items
from support.clocks import SetClock
from support.decisions import ANNA, BEN, VIDEO, DecidedVideos
from support.json_schema import problems
from support.live import always
from support.memory_worker import MemoryWorker, RecordedBus


class Appeals:
    """A video that Anna has rejected, a worker that tells, and the items of people."""

    def __init__(self) -> None:
        self.bus = RecordedBus()
        self.worker = MemoryWorker(bus=self.bus)
        handling = Policy.built_in().handling
        self.items = reviewer_items(self.worker.deployment, always(handling), self.worker.clock)
        self.videos = DecidedVideos(items=self.items, table=self.worker.tables["reviews"], clock=self.worker.clock)

    async def begin(self) -> None:
        await self.videos.judge(Verdict.REVIEW)
        await self.videos.decide(Action.REJECT, ANNA)
        await self.tell()
        self.bus.taken.clear()

    async def appeal(self, name: str = "7") -> None:
        now = self.worker.clock.now_ms()
        opened = await self.items.open(
            ReviewItem(
                video_id=VIDEO.video_id,
                cause=ItemCause.APPEAL,
                queue="appeals",
                rank=0,
                created_ms=now,
                due_ms=now,
                appeal=name,
                excluded=frozenset({ANNA.principal}),
            ),
            await self.videos.row(),
        )
        assert opened is not None

    async def tell(self) -> None:
        for _ in range(3):
            self.worker.clock.move(60)
            await self.worker.jobs.teller.tell(await self.videos.row())
            await self.worker.jobs.teller.step()

    def heard(self) -> list[tuple[str, dict[str, object]]]:
        return [(event.detail_type, json.loads(event.detail)) for event in self.bus.taken]


@pytest.fixture
async def appeals() -> Appeals:
    made = Appeals()
    await made.begin()
    return made


async def test_an_appeal_that_is_granted_changes_the_status_and_both_are_told(appeals: Appeals) -> None:
    await appeals.appeal()
    decided = await appeals.videos.decide(
        Action.OVERTURN, BEN, appeal="7", to=Action.RESTRICT, reasons=("hate",), age=18
    )
    row = await appeals.videos.row()
    assert (row.status, row.history[-1].cause, row.standing) == (Status.RESTRICTED, Cause.APPEAL, 2)
    assert decided.decision.status is Status.RESTRICTED
    # At once, and not only after the time in which other decisions can be taken back.
    assert row.tell_at_ms == AT_ONCE_MS
    await appeals.tell()
    told = dict(appeals.heard())
    assert set(told) == {"Video Status Changed", "Appeal Decided"}
    event = told["Appeal Decided"]
    assert problems(event, "appeal.schema.json") == []
    assert event["id"] == f"{VIDEO.video_id}:appeal:7"
    assert event["appeal"] == {"id": "7", "outcome": "overturned"}
    assert (event["status"], event["revision"], event["decision"]) == ("restricted", row.revision, 2)
    assert event["by"] == {"kind": "person", "pseudonym": "p-ben"}
    row = await appeals.videos.row()
    assert (row.appeals, row.unpublished, row.tell_at_ms) == ((), (), None)


async def test_who_upholds_has_seen_what_is_known_by_then() -> None:
    """What was found since the decision contradicts it until somebody lets it stand all the same."""
    appeals = Appeals()
    await appeals.videos.judge(Verdict.APPROVE)
    await appeals.videos.decide(Action.APPROVE, ANNA)
    await appeals.items.settle(await appeals.videos.judge(Verdict.REVIEW, attempt=2))
    await appeals.appeal()
    assert {item.cause for item in await appeals.items.of_video(VIDEO.video_id)} == {
        ItemCause.APPEAL,
        ItemCause.CONTRADICTED,
    }
    await appeals.videos.decide(Action.UPHOLD, BEN, appeal="7")
    assert await appeals.items.of_video(VIDEO.video_id) == []
    row = await appeals.videos.row()
    await appeals.items.settle(row)
    assert await appeals.items.of_video(VIDEO.video_id) == []
    assert (row.status, row.standing) == (Status.APPROVED, 1)


@pytest.mark.parametrize("ahead_s", [-240, 240])
async def test_what_is_told_at_once_is_told_at_once_whatever_the_clock_of_who_decides_says(
    appeals: Appeals, ahead_s: int
) -> None:
    await appeals.appeal()
    worker = appeals.worker
    theirs = SetClock(worker.clock.now_ms() + ahead_s * 1000)
    people = DecidedVideos(items=appeals.items, table=worker.tables["reviews"], clock=theirs)
    await people.decide(Action.OVERTURN, BEN, appeal="7", to=Action.APPROVE)
    await worker.jobs.teller.step()
    assert sorted(kind for kind, _ in appeals.heard()) == ["Appeal Decided", "Video Status Changed"]
    await people.decide(Action.APPROVE, ANNA)
    await people.decide(Action.REJECT, ANNA)
    await appeals.videos.tell()
    await people.decide(Action.WITHDRAW, BEN, decision=4)
    await worker.jobs.teller.step()
    assert appeals.heard()[-1][1]["status"] == "approved"
    assert await worker.deployment.untold.count(10) == 0


async def test_an_appeal_that_is_dismissed_leaves_the_status_and_is_told(appeals: Appeals) -> None:
    await appeals.appeal()
    before = await appeals.videos.row()
    await appeals.videos.decide(Action.UPHOLD, BEN, appeal="7", note="it is")
    row = await appeals.videos.row()
    assert (row.status, row.revision, row.standing, row.last_decision) == (Status.REJECTED, before.revision, 1, 2)
    await appeals.tell()
    ((kind, event),) = appeals.heard()
    assert (kind, event["appeal"]) == ("Appeal Decided", {"id": "7", "outcome": "upheld"})


async def test_who_decided_first_does_not_decide_the_appeal_under_any_name(appeals: Appeals) -> None:
    await appeals.appeal()
    with pytest.raises(OwnAppeal):
        await appeals.videos.decide(Action.UPHOLD, ANNA, appeal="7")
    assert (await appeals.videos.row()).last_decision == 1


async def test_an_appeal_is_decided_once(appeals: Appeals) -> None:
    with pytest.raises(NoSuchAppeal):
        await appeals.videos.decide(Action.UPHOLD, BEN, appeal="7")
    await appeals.appeal("7")
    await appeals.appeal("8")
    await appeals.videos.decide(Action.UPHOLD, BEN, appeal="7")
    with pytest.raises(NoSuchAppeal) as refused:
        await appeals.videos.decide(Action.OVERTURN, BEN, appeal="7", to=Action.APPROVE)
    assert refused.value.open == ("8",)


async def test_what_became_of_an_appeal_is_not_withdrawn(appeals: Appeals) -> None:
    await appeals.appeal()
    await appeals.videos.decide(Action.OVERTURN, BEN, appeal="7", to=Action.APPROVE)
    with pytest.raises(NotWithdrawable):
        await appeals.videos.decide(Action.WITHDRAW, BEN, decision=2)


async def test_a_decision_of_another_kind_leaves_the_appeal_open(appeals: Appeals) -> None:
    await appeals.appeal()
    await appeals.videos.decide(Action.APPROVE, BEN)
    await appeals.videos.decide(Action.UPHOLD, BEN, appeal="7")


async def test_while_the_bus_is_down_appeals_wait_and_all_are_told_later(appeals: Appeals) -> None:
    appeals.bus.down = True
    for number in range(20):
        await appeals.appeal(f"{number}")
        await appeals.videos.decide(Action.UPHOLD, BEN, appeal=f"{number}")
        await appeals.worker.jobs.teller.step()
    await appeals.appeal("one too many")
    with pytest.raises(AppealsUntold):
        await appeals.videos.decide(Action.UPHOLD, BEN, appeal="one too many")
    appeals.bus.down = False
    appeals.worker.clock.move(3600)
    await appeals.tell()
    assert {event["id"] for _, event in appeals.heard()} == {f"{VIDEO.video_id}:appeal:{n}" for n in range(20)}
    await appeals.videos.decide(Action.UPHOLD, BEN, appeal="one too many")


async def test_a_sealed_video_says_of_an_appeal_only_what_became_of_it(appeals: Appeals) -> None:
    await appeals.appeal()
    await appeals.videos.decide(Action.UPHOLD, BEN, appeal="7")
    appeals.worker.tables["reviews"].rows[VIDEO.video_id, "status"]["sealed"] = True
    await appeals.tell()
    ((_, event),) = appeals.heard()
    assert set(event) == {"schema", "id", "video", "appeal", "revision", "status"}
    assert event["video"] == {"video_id": VIDEO.video_id}
    assert problems(event, "appeal.schema.json") == []
