"""Forgetting a video: nothing of what was seen in it is left anywhere, and what has to stay reveals nothing."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from reelsift.aws.claims import Claim, Content
from reelsift.domain.decision import Action, broken_link
from reelsift.domain.job import JobState
from reelsift.domain.status import Status
from reelsift.domain.video import Video
from reelsift.errors import NothingKnown, ObjectGone, VideoBusy, VideoSealed
from reelsift.jobs.forgetting import find, forget, what_is_known
from support.memory_stores import BUCKET
from support.memory_worker import GONE, MODERATION, MemoryWorker, succeeded
from support.recorded_decisions import RecordedDecisions

KEY = "a.mp4"
OTHER = "other.mp4"


class World:
    """A worker that has analysed two videos of which one is to be forgotten, and somebody who decided both."""

    def __init__(self) -> None:
        self.worker = MemoryWorker()
        self.deployment = self.worker.deployment
        self.people = RecordedDecisions(self.worker.tables["reviews"])

    @classmethod
    async def made(cls) -> "World":
        world = cls()
        for key in (KEY, OTHER):
            world.worker.rekognition.pages.append(succeeded(99))
            await world.worker.admit(world.worker.line(key))
            world.worker.complete(await world.worker.job(key))
            await world.worker.receive_completions()
            video = (await world.worker.job(key)).video
            decided = await world.people.decide_on(video, Action.REJECT, note="Jane", evidence={"labels": ["Explicit"]})
            await world.people.opine(decided, Action.APPROVE, note="Jane")
        return world

    @property
    def video(self) -> Video:
        return Video(BUCKET, KEY, f"etag of {KEY}")

    @property
    def video_id(self) -> str:
        return self.video.video_id

    def left(self) -> list[dict[str, Any]]:
        """The rows of all tables, but for outcomes, that name the video or its object."""
        rows = [row for name, table in self.worker.tables.items() if name != "outcomes" for row in table.rows.values()]
        return [row for row in rows if self.video_id in str(row) or f"'{KEY}'" in str(row)]

    def objects(self) -> list[str]:
        return [key for key in self.worker.work.objects if self.video_id in key]

    def others(self) -> tuple[list[Any], list[str]]:
        """What there is of the neighbour."""
        other = Video(BUCKET, OTHER, f"etag of {OTHER}").video_id
        rows = [row for table in self.worker.tables.values() for row in table.rows.values() if other in str(row)]
        return rows, [key for key in self.worker.work.objects if other in key]


async def test_what_was_seen_is_gone_and_the_tombstone_reveals_nothing() -> None:
    world = await World.made()
    before, row = world.others(), await world.deployment.reviews.get(world.video_id)
    assert row is not None
    assert world.objects()
    done = await forget(world.deployment, world.video_id, world.worker.clock)
    assert (done.jobs, done.decisions, done.opinions) == (1, 1, 1)
    assert min(done.labels, done.objects, done.review_rows + 1) >= 1
    assert world.objects() == []
    left = world.left()
    assert {row.get("part", "") for row in left} == {
        "status",
        "decision#000001",
        "opinion#000001",
        world.video_id,
        f"gone#{world.video_id}",
    }
    assert [word for word in ("Jane", "Explicit", KEY, "etag", BUCKET) if word in str(left)] == []
    tombstone = await world.deployment.reviews.get(world.video_id)
    assert tombstone is not None
    assert (tombstone.revision, tombstone.status, tombstone.standing) == (row.revision, Status.REJECTED, 1)
    assert (tombstone.video, tombstone.verdict, tombstone.history) == (None, None, ())
    assert world.others() == before


async def test_the_records_of_decisions_are_still_whole() -> None:
    world = await World.made()
    before = [decision.record() async for decision in world.deployment.decisions.of_video(world.video_id)]
    await forget(world.deployment, world.video_id, world.worker.clock)
    chain = [decision async for decision in world.deployment.decisions.of_video(world.video_id)]
    assert [decision.record() for decision in chain] == before
    assert [decision.private for decision in chain] == [None]
    assert broken_link(chain, 1) is None
    (opinion,) = await world.deployment.opinions.of_video(world.video_id)
    assert (opinion.action, opinion.private) == (Action.APPROVE, None)


async def test_content_that_comes_again_goes_on_from_the_tombstone() -> None:
    world = await World.made()
    await forget(world.deployment, world.video_id, world.worker.clock)
    tombstone = await world.deployment.reviews.get(world.video_id)
    assert tombstone is not None
    world.worker.rekognition.pages.append(succeeded())
    await world.worker.admit(world.worker.line(KEY))
    world.worker.complete(await world.worker.job(KEY))
    await world.worker.receive_completions()
    again = await world.deployment.reviews.get(world.video_id)
    assert again is not None
    assert (again.status, again.revision) == (Status.REJECTED, tombstone.revision)
    decision = await world.people.decide_on(world.video, Action.APPROVE)
    assert (decision.number, decision.revision) == (2, tombstone.revision + 1)


async def test_a_claim_on_its_content_goes_with_it_and_that_of_another_stays() -> None:
    world = await World.made()
    job = await world.worker.job(KEY)
    row = world.worker.tables["jobs"].rows[job.key.video_id, str(job.analysis)]
    row |= {"content": "5a" * 32, "size": 10}
    content, claims = Content("5a" * 32, 10, MODERATION), world.deployment.claims
    await claims.take(content, Claim(world.video_id, "{}", 1), None)
    foreign = Content("5b" * 32, 10, MODERATION)
    await claims.take(foreign, Claim("f" * 40, "{}", 1), None)
    await forget(world.deployment, world.video_id, world.worker.clock)
    assert await claims.get(content) is None
    assert await claims.get(foreign) is not None


async def test_which_content_it_has_is_forgotten_with_it_and_that_of_another_stays() -> None:
    world = await World.made()
    same = world.deployment.same_contents
    other = replace(world.video, key="another.mp4", etag="e2")
    for video in (world.video, other):
        await same.note(replace(video, sha256="5a" * 32, size=10))
    assert await same.others(other.video_id, limit=5) == [world.video_id]
    await forget(world.deployment, world.video_id, world.worker.clock)
    assert await same.others(other.video_id, limit=5) == []
    left = [key for key in world.worker.tables["reviews"].rows if "content" in str(key)]
    assert sorted(left) == sorted([(f"content#{'5a' * 32}:10", other.video_id), (other.video_id, "content")])


async def test_what_is_under_way_sealed_or_unknown_is_refused() -> None:
    world = await World.made()
    with pytest.raises(NothingKnown):
        await what_is_known(world.deployment, "f" * 40)
    row = await world.deployment.reviews.get(world.video_id)
    assert row is not None
    world.worker.tables["reviews"].rows[world.video_id, "status"]["sealed"] = True
    with pytest.raises(VideoSealed):
        await forget(world.deployment, world.video_id, world.worker.clock)
    del world.worker.tables["reviews"].rows[world.video_id, "status"]["sealed"]
    world.worker.tables["jobs"].rows[world.video_id, str(MODERATION)]["state"] = str(JobState.SETTLED)
    with pytest.raises(VideoBusy):
        await forget(world.deployment, world.video_id, world.worker.clock)
    assert world.objects()


class Killed(BaseException):
    """The command is gone."""


@pytest.mark.parametrize("step", range(12))
async def test_a_command_that_is_killed_is_run_again_and_ends_what_it_began(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await World.made()
    done, deployment = count(), world.deployment

    def dying(method: Callable[..., Any]) -> Callable[..., Any]:
        async def dies(*values: Any, **named: Any) -> Any:
            if next(done) == step:
                raise Killed
            return await method(*values, **named)

        return dies

    with monkeypatch.context() as patched:
        for store, name in (
            (deployment.forgotten, "note"),
            (deployment.labels, "forget"),
            (deployment.work, "erase_below"),
            (deployment.decisions, "forget"),
            (deployment.reviews, "forget_parts"),
            (deployment.reviews, "forget_content"),
            (deployment.jobs, "forget"),
        ):
            patched.setattr(store, name, dying(getattr(store, name)))
        with pytest.raises(Killed):
            await forget(deployment, world.video_id, world.worker.clock)
    await forget(deployment, world.video_id, world.worker.clock)
    assert world.objects() == []
    assert {row.get("part", "") for row in world.left()} == {
        "status",
        "decision#000001",
        "opinion#000001",
        world.video_id,
        f"gone#{world.video_id}",
    }
    assert set(await deployment.forgotten.noted()) == {world.video_id}


async def test_a_video_is_found_by_what_its_key_holds_or_has_held() -> None:
    world = await World.made()
    uri = f"s3://{BUCKET}/{KEY}"
    assert await find(world.deployment, world.video_id) == world.video_id
    assert await find(world.deployment, uri) == world.video_id
    world.worker.videos.failures |= {KEY: GONE, "nobody-knows": GONE}
    assert await find(world.deployment, uri) == world.video_id
    await world.deployment.reviews.note_content(Video(BUCKET, KEY, "another"))
    with pytest.raises(ObjectGone):
        await find(world.deployment, uri)
    with pytest.raises(NothingKnown):
        await find(world.deployment, f"s3://{BUCKET}/nobody-knows")
