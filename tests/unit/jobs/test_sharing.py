"""Videos of identical content: one is analysed, and the others take its answer over or its place."""

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.job import JobState
from support.memory_worker import MemoryWorker

SHA = "a" * 64


def twins() -> MemoryWorker:
    worker = MemoryWorker(share_identical=True)
    worker.videos.sha256 = dict.fromkeys(("a.mp4", "b.mp4"), SHA)
    return worker


async def test_the_first_of_two_videos_is_started_and_the_second_waits_for_it_without_a_slot() -> None:
    worker = twins()
    for key in ("a.mp4", "b.mp4"):
        await worker.admit(worker.line(key))
    follower = await worker.job("b.mp4")
    owner = await worker.job("a.mp4")
    assert (follower.state, follower.content.duplicate_of_id) == (JobState.WAITING, owner.video.video_id)
    assert len(worker.rekognition.starts) == 1
    assert worker.queues["intake"].sent == []


async def test_a_follower_leaves_its_owner_alone_for_half_as_long_as_that_has_been_at_it() -> None:
    worker = twins()
    for key in ("a.mp4", "b.mp4"):
        await worker.admit(worker.line(key))
    checks: list[int] = []
    for _ in range(20):
        follower = await worker.job("b.mp4")
        pause_ms = (follower.due_at_ms or 0) - worker.clock.now_ms()
        checks.append(pause_ms)
        worker.rekognition.pages.clear()
        worker.rekognition.pages.extend([{"JobStatus": "IN_PROGRESS"}] * 3)
        await worker.reconcile(after_s=pause_ms / 1000)
    assert checks[0] == worker.timings.first_owner_check_s * 1000
    assert checks == sorted(checks)
    assert checks[-1] == worker.timings.longest_owner_check_s * 1000


async def test_a_follower_becomes_an_attempt_of_its_own_where_its_owner_fails() -> None:
    worker = twins()
    for key in ("a.mp4", "b.mp4"):
        await worker.admit(worker.line(key))
    worker.rekognition.pages.append({"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."})
    worker.complete(await worker.job("a.mp4"))
    await worker.receive_completions()
    await worker.reconcile(after_s=worker.timings.vanished_owner_s)
    follower = await worker.job("b.mp4")
    assert (follower.state, follower.content.duplicate_of_id) == (JobState.WAITING, None)
    worker.queues["begun"].put(worker.queues["begun"].sent[-1][0])
    await worker.receive()
    assert (await worker.job("b.mp4")).state is JobState.RUNNING


async def test_a_claim_whose_owner_never_came_passes_on_after_a_while() -> None:
    worker = twins()
    await worker.admit(worker.line("a.mp4"))
    owner = await worker.job("a.mp4")
    del worker.tables["jobs"].rows[owner.key.video_id, str(Analysis.CONTENT_MODERATION)]
    await worker.admit(worker.line("b.mp4"))
    await worker.reconcile(after_s=worker.timings.first_owner_check_s)
    assert (await worker.job("b.mp4")).content.duplicate_of_id == owner.video.video_id
    await worker.reconcile(after_s=worker.timings.vanished_owner_s)
    assert (await worker.job("b.mp4")).content.duplicate_of_id is None


async def test_a_lost_answer_of_the_owner_makes_the_follower_claim_the_content_itself() -> None:
    worker = twins()
    for key in ("a.mp4", "b.mp4"):
        await worker.admit(worker.line(key))
    worker.complete(await worker.job("a.mp4"))
    await worker.receive_completions()
    worker.work.objects.clear()
    await worker.reconcile(after_s=worker.timings.first_owner_check_s)
    await worker.reconcile()
    follower = await worker.job("b.mp4")
    assert (follower.state, follower.content.duplicate_of_id) == (JobState.WAITING, None)
    assert follower.result.raw_key is None


async def test_a_follower_has_the_owners_answer_its_own_verdict_and_pays_nothing() -> None:
    worker = twins()
    for key in ("a.mp4", "b.mp4"):
        await worker.admit(worker.line(key))
    worker.complete(await worker.job("a.mp4"))
    await worker.receive_completions()
    await worker.reconcile(after_s=worker.timings.first_owner_check_s)
    outcome = await worker.outcome("b.mp4")
    assert outcome is not None
    assert (outcome.reason, outcome.billed_ms, outcome.result_from_uri) == (Reason.SHARED, 0, "s3://videos/a.mp4")
    assert len(worker.rekognition.starts) == 1


async def test_a_line_that_asks_again_neither_follows_nor_claims() -> None:
    worker = twins()
    for key in ("a.mp4", "b.mp4"):
        await worker.admit(worker.line(key, again=True))
    assert len(worker.rekognition.starts) == 2
