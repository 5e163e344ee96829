"""Asking for a look at a video, or objecting to a decision, whatever is known of its object."""

from dataclasses import replace

import pytest

from reelsift.domain.decision import Action
from reelsift.domain.decision_request import DecisionRequest
from reelsift.domain.handling import Handling
from reelsift.domain.policy import Verdict
from reelsift.domain.review_item import ReviewItem
from reelsift.domain.status import Status, VideoStatus
from reelsift.domain.status_changes import judged
from reelsift.domain.video_verdict import Rejecting
from reelsift.errors import NothingToAppeal, ObjectUnknown, VideoSealed
from reelsift.jobs.forgetting import forget
from reelsift.reviews.asking import Wish, ask_for
from reelsift.reviews.claims import claim_desk
from reelsift.reviews.desk import reviewer_items
from reelsift.reviews.restoring import restored
from reelsift.reviews.reviewer import Reviewer
from reelsift.reviews.target import Target
from support.decisions import BEN, VIDEO, DecidedVideos, verdict
from support.interleaving import Interleaving
from support.live import always
from support.memory_worker import MemoryWorker
from support.recorded_decisions import RecordedDecisions

HANDLING = Handling()

UPLOADER = Reviewer("p-uploader", "p-uploader")

ID = VIDEO.video_id

BY_ID, BY_LOCATION = Target(ID), Target(ID, VIDEO)


class Asked:
    """A deployment that knows a video, people who ask for a look at it, and Ben, who looks."""

    def __init__(self) -> None:
        self.worker = MemoryWorker()
        self.deployment = self.worker.deployment
        self.desk = claim_desk(self.deployment, always(HANDLING), self.worker.clock)
        self.items = reviewer_items(self.deployment, always(HANDLING), self.worker.clock)
        table = self.worker.tables["reviews"]
        self.videos = DecidedVideos(items=self.items, table=table, clock=self.worker.clock)

    async def restore(self) -> None:
        """The video was rejected, the tables were lost, and its decisions were brought back."""
        decision = await RecordedDecisions().decide_on(VIDEO, Action.REJECT)
        await self.deployment.decisions.restore(decision)
        await self.deployment.reviews.write(restored(ID, None, [decision]), None)

    async def forget(self) -> None:
        """Somebody named the video, nobody has decided it, and it is forgotten."""
        row = await self.deployment.reviews.write(VideoStatus.new(VIDEO), None)
        await forget(self.deployment, row.video_id, self.worker.clock)

    async def ask(self, target: Target, appeal: str | None = None) -> ReviewItem:
        return await ask_for(
            self.deployment, target, Wish(appeal=appeal), UPLOADER, handling=always(HANDLING), clock=self.worker.clock
        )

    async def open_items(self) -> list[str]:
        return [item.name for item in await self.items.of_video(ID)]


@pytest.mark.parametrize("target", [BY_ID, BY_LOCATION])
async def test_an_appeal_against_a_decision_that_was_restored_is_given_and_answered(target: Target) -> None:
    asked = Asked()
    await asked.restore()
    await asked.ask(target, appeal="A1")
    row = await asked.videos.row()
    assert row.video == target.video
    await asked.items.settle(row)
    claimed = await asked.desk.next(BEN)
    assert claimed is not None
    assert claimed.item.name == "appeal#A1"
    request = DecisionRequest(action=Action.OVERTURN, appeal="A1", to=Action.APPROVE).checked()
    await asked.videos.deciding.decide(target, request, BEN)
    assert (await asked.videos.row()).status is Status.APPROVED
    assert await asked.open_items() == []


@pytest.mark.parametrize(("action", "status"), [(Action.UPHOLD, Status.REJECTED), (Action.OVERTURN, Status.APPROVED)])
async def test_an_appeal_against_the_rejection_of_a_machine_is_heard_by_a_person_whose_decision_then_stands(
    action: Action, status: Status
) -> None:
    asked = Asked()
    made = replace(verdict(Verdict.REJECT, attempt=1), rejecting=Rejecting.ALONE)
    await asked.deployment.reviews.write(judged(VideoStatus.new(VIDEO), made), None)
    await asked.ask(BY_ID, appeal="A1")
    to = Action.APPROVE if action is Action.OVERTURN else None
    request = DecisionRequest(action=action, appeal="A1", to=to).checked()
    await asked.videos.deciding.decide(BY_ID, request, BEN)
    row = await asked.videos.row()
    assert (row.status, row.standing) == (status, 1)
    assert await asked.open_items() == []
    await asked.videos.judge(Verdict.APPROVE, attempt=2)
    assert (await asked.videos.row()).status is status


async def test_there_is_nothing_to_appeal_where_nobody_has_rejected_anything() -> None:
    asked = Asked()
    await asked.videos.judge(Verdict.REJECT)
    with pytest.raises(NothingToAppeal):
        await asked.ask(BY_ID, appeal="A1")


@pytest.mark.parametrize("before", ["restore", "forget"])
async def test_a_look_at_what_names_no_object_any_more_needs_the_object(before: str) -> None:
    asked = Asked()
    await getattr(asked, before)()
    with pytest.raises(ObjectUnknown):
        await asked.ask(BY_ID)
    assert await asked.open_items() == []
    await asked.ask(BY_LOCATION)
    row = await asked.videos.row()
    assert row.video == VIDEO
    await asked.items.settle(row)
    claimed = await asked.desk.next(BEN)
    assert claimed is not None
    assert (claimed.item.name, claimed.row.video) == ("requested", VIDEO)


async def test_what_was_asked_for_of_a_video_that_is_forgotten_ends_by_the_next_look() -> None:
    """As who asks does it when somebody else forgets the video at the same time."""
    asked = Asked()
    await asked.deployment.reviews.write(VideoStatus.new(VIDEO), None)
    await asked.ask(BY_ID)
    row = await asked.videos.row()
    await asked.deployment.reviews.write(replace(row, video=None), row)
    assert await asked.desk.next(BEN) is None
    assert await asked.open_items() == []


async def test_of_a_forgotten_video_that_nobody_has_decided_nothing_is_appealed() -> None:
    asked = Asked()
    await asked.forget()
    with pytest.raises(NothingToAppeal):
        await asked.ask(BY_ID, appeal="A1")


async def test_who_asks_for_a_sealed_video_names_no_object_for_it() -> None:
    asked = Asked()
    await asked.restore()
    asked.worker.tables["reviews"].rows[ID, "status"]["sealed"] = True
    for appeal in (None, "A1"):
        with pytest.raises(VideoSealed):
            await asked.ask(BY_LOCATION, appeal)
    row = await asked.videos.row()
    assert row.video is None


@pytest.mark.parametrize("target", [BY_ID, BY_LOCATION])
async def test_what_is_asked_for_while_the_video_is_forgotten_is_not_left_on_the_tombstone(target: Target) -> None:
    """Somebody asks, has read the row and the items, and goes on after however many requests of who forgets it."""
    for early in range(12):
        asked = Asked()
        await asked.deployment.reviews.write(VideoStatus.new(VIDEO), None)
        table, outcome = asked.worker.tables["reviews"], list[str]()
        interleaving = Interleaving()
        interleaving.hold("table", table, "transact", "update", "get", "write_many")

        async def ask(asked: Asked = asked, outcome: list[str] = outcome) -> None:
            try:
                outcome.append((await asked.ask(target)).name)
            except ObjectUnknown:
                outcome.append("refused")

        async def forgetting(asked: Asked = asked) -> None:
            await forget(asked.deployment, ID, asked.worker.clock)

        asking = await interleaving.begin(ask())
        await interleaving.until(asking, "table transact")
        await interleaving.begin(forgetting())
        for _ in range(early):
            if interleaving.held > 1:
                await interleaving.let_through(1)
        await interleaving.until(asking, "its end")
        await interleaving.finish()
        row = await asked.videos.row()
        if row.video is None:
            assert await asked.open_items() == [], early
        else:
            # Asked for by its location after it was forgotten: it is known again.
            assert (target, outcome, await asked.open_items()) == (BY_LOCATION, ["requested"], ["requested"]), early
