"""What a re-evaluation makes of stored answers, and what it leaves alone."""

from typing import Any

from reelsift.domain.batch import BatchState
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Before, Outcome
from reelsift.domain.policy import Policy, Verdict
from reelsift.domain.status import By, Cause, Status
from reelsift.domain.status_changes import decided
from reelsift.domain.video import ObjectRef
from support.reevaluating import LABELS, MILD, MODERATION, STRICT, WITH_LABELS, JudgedVideos, video


async def judged(*confidences: float | None, policy: Policy = MILD, **options: Any) -> JudgedVideos:
    """Videos that a worker has judged by a first version of the policy."""
    videos = JudgedVideos(**options)
    await videos.apply(policy)
    worker = await videos.worker()
    for number, confidence in enumerate(confidences):
        await videos.analyse(worker, number, confidence)
    return videos


async def test_every_stored_answer_gets_the_verdict_of_the_live_policy() -> None:
    videos = await judged(None, 70, 85, 95, 99)
    assert [await videos.verdict(number) for number in range(5)] == [
        ("approve", 1),
        ("approve", 1),
        ("approve", 1),
        ("review", 1),
        ("reject", 1),
    ]
    alerts = len(videos.memory.alerts.sent)
    await videos.apply(STRICT)
    worker = await videos.worker()
    await videos.order()
    batch = await videos.finish(worker)
    assert (batch.state, batch.total) == (BatchState.COMPLETE, 5)
    assert [await videos.verdict(number) for number in range(5)] == [
        ("approve", 2),
        ("review", 2),
        ("reject", 2),
        ("reject", 2),
        ("reject", 2),
    ]
    moved = await videos.row(1)
    assert (moved.status, moved.revision) == (Status.IN_REVIEW, 2)
    assert moved.history[-1].cause is Cause.REEVALUATION
    assert moved.history[-1].by == By(STRICT.digest, 2)
    assert await _asked(videos, 1) == ["verdict"]
    assert _heard(videos, 1) == [(1, "approved"), (2, "in_review")]
    assert (await videos.row(0)).revision == 1
    assert len(videos.memory.alerts.sent) == alerts, "answers alert, policies do not"


async def test_each_video_has_one_line_that_says_what_was_before() -> None:
    videos = await judged(None, 70, 99)
    await videos.apply(STRICT)
    await videos.order()
    batch = await videos.finish(await videos.worker())
    outcomes = await videos.outcomes()
    assert {key: (outcome.before, outcome.verdict, outcome.video_status) for key, outcome in outcomes.items()} == {
        "0.mp4": (Before("approve", "approved"), "approve", "approved"),
        "1.mp4": (Before("approve", "approved"), "review", "in_review"),
        "2.mp4": (Before("reject", "in_review"), "reject", "in_review"),
    }
    assert all(outcome.status is OutcomeStatus.SUCCEEDED and not outcome.billed_ms for outcome in outcomes.values())
    assert batch.report_key is not None
    (mail,) = videos.announcements.mails
    assert "Moved:       1 video by version 2 of the policy" in mail.text
    # Nothing was asked of Rekognition.
    assert videos.memory.rekognition.starts == []


async def test_a_decision_stands_and_graver_evidence_is_looked_at() -> None:
    videos = await judged(70, 99)
    for number in (0, 1):
        row = await videos.row(number)
        by = By(person="p-1")
        await videos.deployment.reviews.write(decided(row, Status.APPROVED, number=1, by=by, at_ms=2), row)
    await videos.apply(STRICT)
    await videos.order()
    await videos.finish(await videos.worker())
    assert [(await videos.row(number)).status for number in (0, 1)] == [Status.APPROVED] * 2
    assert await videos.verdict(0) == (Verdict.REVIEW, 2)
    assert "contradicted" in await _asked(videos, 0)
    assert "contradicted" not in await _asked(videos, 1)
    assert (await videos.outcomes())["0.mp4"].before == Before("approve", "approved")


async def test_machines_reject_where_they_may_and_within_the_limit_of_the_hour() -> None:
    videos = await judged(95, 95, 95, auto_reject_hourly_most=2)
    await videos.apply(STRICT, auto_reject=True, known_models={MODERATION: ("7",)})
    await videos.order()
    await videos.finish(await videos.worker())
    rows = [await videos.row(number) for number in range(3)]
    assert [row.verdict.verdict for row in rows if row.verdict is not None] == [Verdict.REJECT] * 3
    assert sorted(str(row.status) for row in rows) == ["in_review", "rejected", "rejected"]
    (waits,) = (number for number, row in enumerate(rows) if row.status is Status.IN_REVIEW)
    assert await _asked(videos, waits) == ["verdict"]


async def test_what_a_milder_policy_clears_is_looked_at_no_more() -> None:
    videos = await judged(70, policy=STRICT)
    assert await _asked(videos, 0) == ["verdict"]
    await videos.apply(MILD)
    await videos.order()
    await videos.finish(await videos.worker())
    row = await videos.row(0)
    assert (row.status, row.revision) == (Status.APPROVED, 2)
    assert await _asked(videos, 0) == []


async def test_a_video_whose_result_is_gone_keeps_its_verdict_and_says_so() -> None:
    videos = await judged(70, 70)
    gone = f"results/{video(0).video_id}/{MODERATION}/1.json"
    del videos.memory.work.objects[gone]
    await videos.apply(STRICT)
    await videos.order()
    await videos.finish(await videos.worker())
    assert await videos.verdict(0) == (Verdict.APPROVE, 1)
    assert await videos.verdict(1) == (Verdict.REVIEW, 2)
    outcome = (await videos.outcomes())["0.mp4"]
    assert (outcome.status, outcome.reason) == (OutcomeStatus.SKIPPED, Reason.RESULT_GONE)


async def test_what_the_policy_needs_and_nobody_asked_for_is_missing() -> None:
    videos = await judged(None, 99)
    await videos.apply(Policy.parse("{content_moderation: off, labels: {Gun: {review: 50}}}"))
    await videos.order()
    await videos.finish(await videos.worker())
    assert [await videos.verdict(number) for number in (0, 1)] == [("incomplete", 2), ("incomplete", 2)]
    assert (await videos.row(0)).status is Status.IN_REVIEW


async def test_a_video_without_a_verdict_gets_one_where_the_policy_needs_what_was_asked_for() -> None:
    videos = JudgedVideos()
    await videos.apply(MILD)
    worker = await videos.worker()
    await worker.jobs.closer.close(await videos.settle(await videos.begin(0, LABELS), 70))
    assert await videos.deployment.reviews.get(video(0).video_id) is None
    await videos.apply(Policy.parse("{content_moderation: off, labels: {Gun: {review: 50}}}"))
    await videos.order()
    await videos.finish(await videos.worker())
    assert await videos.verdict(0) == (Verdict.REVIEW, 2)
    assert (await videos.outcomes())["0.mp4"].before == Before()


async def test_whoever_ends_what_is_open_judges_by_the_live_policy() -> None:
    videos = await judged(None, None, None)
    jobs = [await videos.begin(number, LABELS) for number in (0, 1)]
    repeated = await videos.begin(2)
    await videos.apply(WITH_LABELS)
    worker = await videos.worker()
    await videos.order()
    await videos.finish(worker)
    assert [await videos.verdict(number) for number in range(3)] == [("approve", 1), ("approve", 1), ("incomplete", 2)]
    assert set(await videos.outcomes()) == {"2.mp4"}
    await worker.jobs.closer.close(await videos.settle(jobs[0], 99))
    await worker.jobs.closer.close(await videos.fail(jobs[1]))
    await worker.jobs.closer.close(await videos.fail(repeated))
    assert [await videos.verdict(number) for number in range(3)] == [
        ("reject", 2),
        ("incomplete", 2),
        ("incomplete", 2),
    ]
    assert [alert.label for alert in videos.memory.alerts.sent] == ["Gun"]


async def test_videos_that_were_judged_since_by_the_same_version_are_left() -> None:
    videos = await judged(70)
    await videos.apply(STRICT)
    worker = await videos.worker()
    await videos.analyse(worker, 1, 70)
    before = await videos.row(1)
    await videos.order()
    await videos.finish(worker)
    assert await videos.row(1) == before
    assert set(await videos.outcomes()) == {"0.mp4"}


async def test_sealed_and_forgotten_videos_are_left() -> None:
    videos = await judged(70, 70, 70)
    sealed = await videos.row(0)
    by = By(person="p-1")
    await videos.deployment.reviews.write(decided(sealed, Status.REJECTED, number=1, by=by, at_ms=2, seal=True), sealed)
    await videos.deployment.reviews.entomb(await videos.row(1))
    before = await videos.row(0), await videos.row(1)
    await videos.apply(STRICT)
    await videos.order()
    await videos.finish(await videos.worker())
    assert (await videos.row(0), await videos.row(1)) == before
    assert set(await videos.outcomes()) == {"2.mp4"}


async def test_only_videos_of_a_batch_are_judged_where_that_is_asked_for() -> None:
    videos = await judged(70, 70, 70)
    lines = {"list.csv:1": 0, "list.csv:2": 0, "list.csv:3": 2}
    await videos.deployment.outcomes.record([_line(name, number) for name, number in lines.items()])
    await videos.apply(STRICT)
    worker = await videos.worker()
    await videos.order(of_batch="july")
    batch = await videos.finish(worker)
    assert [await videos.verdict(number) for number in range(3)] == [("review", 2), ("approve", 1), ("review", 2)]
    assert batch.total == 2
    assert set(await videos.outcomes()) == {"0.mp4", "2.mp4"}


async def test_only_verdicts_made_since_a_time_are_replaced_where_that_is_asked_for() -> None:
    videos = await judged(70)
    videos.clock.move(60)
    since_ms = videos.clock.now_ms()
    await videos.analyse(await videos.worker(), 1, 70)
    await videos.apply(STRICT)
    await videos.order(since_ms=since_ms)
    await videos.finish(await videos.worker())
    assert [await videos.verdict(number) for number in (0, 1)] == [("approve", 1), ("review", 2)]


def _line(name: str, number: int) -> Outcome:
    """A line of the batch `july` that ended over a video."""
    of = video(number)
    ref = ObjectRef(of.bucket, of.key)
    return Outcome(LineId("july", name, 0), ref, OutcomeStatus.SUCCEEDED, finished_ms=1, video_id=of.video_id)


async def _asked(videos: JudgedVideos, number: int) -> list[str]:
    """Why people are asked to look at a video."""
    return [str(item.cause) for item in await videos.deployment.review_items.of_video(video(number).video_id)]


def _heard(videos: JudgedVideos, number: int) -> list[tuple[int, str]]:
    """Revision and status of the events about a video."""
    details = [detail for detail in videos.bus.details() if detail["video"]["video_id"] == video(number).video_id]
    return [(detail["revision"], detail["status"]) for detail in details]
