"""Re-evaluations that are paused, cancelled, overtaken, held up, or need a last pass."""

import asyncio

import pytest

from reelsift.batches.control import cancelling, pausing, resuming
from reelsift.domain.batch import Batch, BatchState, Counts
from reelsift.domain.failure import Reason
from reelsift.domain.hold import Kind
from reelsift.domain.policy import Verdict
from reelsift.reevaluation.walker import VIDEOS_AT_ONCE
from support.reevaluating import AT_ONCE, MILD, STRICT, JudgedVideos, video

STALE_S = AT_ONCE.policy_stale_s + 60


async def stored(videos: int, **options: object) -> JudgedVideos:
    """So many videos that STRICT would move, judged by MILD; STRICT is live since."""
    judged = JudgedVideos(**options)  # type: ignore[arg-type] # any settings
    await judged.apply(MILD)
    worker = await judged.worker()
    for number in range(videos):
        await judged.analyse(worker, number, 70)
    await judged.apply(STRICT)
    return judged


async def epochs(videos: JudgedVideos, number: int) -> list[int]:
    return [(await videos.verdict(each))[1] for each in range(number)]


async def test_where_all_workers_follow_one_pass_is_enough() -> None:
    videos = await stored(3)
    worker = await videos.worker()
    await videos.order()
    batch = await videos.finish(worker)
    assert batch.reevaluation is not None
    assert (batch.reevaluation.number, batch.reevaluation.is_last) == (1, True)


async def test_where_one_does_not_a_last_pass_finds_what_it_wrote_behind_the_first() -> None:
    videos = JudgedVideos()
    await videos.apply(MILD)
    sleeper = await videos.worker("sleeper")
    await videos.analyse(sleeper, 0, 70)
    await videos.apply(STRICT)
    worker = await videos.worker("follows")
    await videos.order(walks=1)
    await videos.look(worker)
    assert await videos.verdict(0) == (Verdict.APPROVE, 1), "it waits for all to follow"
    videos.clock.move(AT_ONCE.follow_wait_s)
    for _ in range(4):
        await videos.look(worker)
    assert await videos.verdict(0) == (Verdict.REVIEW, 2)
    # The first pass is over. The sleeper has not read the pointer since, and may judge for a while.
    await videos.analyse(sleeper, 1, 70)
    assert await videos.verdict(1) == (Verdict.APPROVE, 1)
    batch = await videos.batch()
    assert batch.reevaluation is not None
    assert (batch.state, batch.reevaluation.number) == (BatchState.ACTIVE, 2)
    await videos.look(worker)
    assert await videos.verdict(1) == (Verdict.APPROVE, 1)
    videos.clock.move(STALE_S)
    await worker.policies.step()
    await videos.finish(worker)
    assert await epochs(videos, 2) == [2, 2]
    assert {key: outcome.verdict for key, outcome in (await videos.outcomes()).items()} == {
        "0.mp4": "review",
        "1.mp4": "review",
    }
    assert [detail["revision"] for detail in videos.bus.details()] == [1, 2, 1, 2], "nothing is told twice"


async def test_a_paused_one_goes_on_where_it_was() -> None:
    videos = await stored(2)
    worker = await videos.worker()
    batch = await videos.order()
    await videos.deployment.batches.change(batch, **pausing(batch))
    for _ in range(3):
        await videos.look(worker)
    batch = await videos.batch()
    assert batch.state is BatchState.PAUSED
    assert await epochs(videos, 2) == [1, 1]
    await videos.deployment.batches.change(batch, **resuming(batch, Counts()), due_at_ms=videos.clock.now_ms())
    await videos.finish(worker)
    assert await epochs(videos, 2) == [2, 2]


async def test_a_cancelled_one_ends_with_what_was_judged() -> None:
    videos = await stored(2)
    worker = await videos.worker()
    batch = await videos.order(walks=2)
    await videos.look(worker)
    for _ in range(3):
        await worker.reevaluation.walker.step()
        if 2 in await epochs(videos, 2):
            break
    batch = await videos.batch()
    await videos.deployment.batches.change(batch, **cancelling(batch), due_at_ms=videos.clock.now_ms())
    batch = await videos.finish(worker)
    done = (await epochs(videos, 2)).count(2)
    assert (batch.state, batch.stopped, batch.total) == (BatchState.CANCELLED, Reason.CANCELLED, done)
    assert len(await videos.outcomes()) == done
    assert len(videos.announcements.mails) == 1


async def test_a_return_to_the_older_policy_stops_it_and_the_next_one_undoes_what_it_did() -> None:
    videos = await stored(3)
    worker = await videos.worker()
    await videos.order(walks=3)
    await videos.look(worker)
    await worker.reevaluation.walker.step()
    assert sorted(await epochs(videos, 3)) != [1, 1, 1]
    await videos.apply(MILD)
    await worker.policies.step()
    batch = await videos.finish(worker)
    assert (batch.state, batch.stopped) == (BatchState.CANCELLED, Reason.POLICY_CHANGED)
    await videos.order("back", walks=3)
    await videos.finish(worker, name="back")
    assert [await videos.verdict(number) for number in range(3)] == [(Verdict.APPROVE, 3)] * 3
    assert {(await videos.row(number)).status for number in range(3)} == {"approved"}


async def test_a_worker_that_does_not_follow_yet_leaves_it_to_others() -> None:
    videos = JudgedVideos()
    await videos.apply(MILD)
    old = await videos.worker("old")
    for number in range(2):
        await videos.analyse(old, number, 70)
    await videos.apply(STRICT)
    await videos.order()
    videos.clock.move(AT_ONCE.follow_wait_s)
    for _ in range(3):
        await videos.look(old)
    assert await epochs(videos, 2) == [1, 1]
    assert (await videos.batch()).state is BatchState.ACTIVE


async def test_it_rests_while_nobody_is_to_be_told() -> None:
    videos = await stored(2)
    worker = await videos.worker()
    await videos.order()
    await videos.deployment.hold_switch.hold([Kind.EVENTS], by="ann", note="", now_ms=1)
    for _ in range(3):
        await videos.look(worker)
    assert await epochs(videos, 2) == [1, 1]
    assert not any(walk.is_taken(videos.clock.now_ms()) for walk in await videos.deployment.walks.of_batch("again"))
    await videos.deployment.hold_switch.release([Kind.EVENTS], by="ann", note="", now_ms=2)
    await videos.finish(worker)
    assert await epochs(videos, 2) == [2, 2]


async def test_a_bus_that_takes_nothing_is_not_given_more() -> None:
    videos = await stored(12)
    worker = await videos.worker()
    videos.bus.down = True
    await videos.order(walks=1)
    await videos.look(worker)
    untold = len(await videos.deployment.untold.due(videos.clock.now_ms() + 10**7, 100))
    for _ in range(3):
        await videos.look(worker)
    assert len(await videos.deployment.untold.due(videos.clock.now_ms() + 10**7, 100)) <= untold + 8
    videos.bus.down = False
    for _ in range(40):
        await worker.jobs.teller.step()
        videos.clock.move(300)
        await worker.policies.step()
        await videos.look(worker)
    await videos.finish(worker)
    assert await epochs(videos, 12) == [2] * 12
    heard = {detail["video"]["video_id"] for detail in videos.bus.details() if detail["revision"] == 2}
    assert heard == {video(number).video_id for number in range(12)}


async def test_who_rests_reads_the_batches_as_their_pause_demands(monkeypatch: pytest.MonkeyPatch) -> None:
    videos = await stored(1)
    worker = await videos.worker()
    videos.bus.down = True
    await videos.analyse(worker, 1, 70)
    videos.clock.move(3)
    await worker.jobs.teller.step()
    assert worker.jobs.teller.bus_rests()
    reads = 0
    active = videos.deployment.batches.active

    async def counted(limit: int) -> list[Batch]:
        nonlocal reads
        reads += 1
        return await active(limit)

    monkeypatch.setattr(videos.deployment.batches, "active", counted)
    # Else the loop would find them due, and not pause at all.
    await worker.reevaluation.walker.step()
    assert reads == 1


async def test_one_video_that_the_program_fails_over_holds_up_no_other() -> None:
    videos = await stored(3)
    key = f"results/{video(1).video_id}/content_moderation/1.json"
    videos.memory.work.objects[key] = b"{}"
    worker = await videos.worker()
    await videos.order()
    batch = await videos.finish(worker)
    assert await epochs(videos, 3) == [2, 1, 2]
    assert batch.state is BatchState.COMPLETE
    assert (await videos.outcomes())["1.mp4"].reason is Reason.GAVE_UP


async def test_one_video_with_a_slow_answer_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    videos = await stored(3 * VIDEOS_AT_ONCE)
    slow, get, answered = f"results/{video(0).video_id}/", videos.memory.work.get, asyncio.Event()

    async def late(key: str) -> bytes:
        if key.startswith(slow):
            await answered.wait()
        return await get(key)

    monkeypatch.setattr(videos.memory.work, "get", late)
    worker = await videos.worker()
    await videos.order(walks=1)
    await videos.look(worker)
    walking = asyncio.create_task(videos.look(worker))
    others = range(1, 3 * VIDEOS_AT_ONCE)
    while [(await videos.verdict(number))[1] for number in others] != [2] * len(others):
        assert not walking.done()
        await asyncio.sleep(0)
    assert await videos.verdict(0) == (Verdict.APPROVE, 1)
    answered.set()
    await walking
    await videos.finish(worker)
    assert await videos.verdict(0) == (Verdict.REVIEW, 2)
