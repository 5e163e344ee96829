"""What a report reads of the videos that it shows."""

from dataclasses import replace

from integration.cli.rows import analysed, job, segment
from reelsift.domain.job import JobState
from reelsift.domain.policy import Verdict
from reelsift.domain.video import Video
from reelsift.reporting.contents import FlaggedVideos
from reelsift.reports.findings_summary import Flagged
from support.jobs import change_job
from support.memory_worker import MemoryWorker


async def test_the_length_of_a_video_whose_only_job_is_open_anew_is_that_of_its_earlier_result() -> None:
    deployment = MemoryWorker().deployment
    first = job(Video("videos", "a.mp4", "e"), result_key="results/m.json")
    await analysed(deployment, first, [segment("Weapons", 92.0)])
    again = change_job(first, state=JobState.RUNNING, attempt=2, settled_ms=None, result_key=None, duration_ms=None)
    row = deployment.jobs.put_item(replace(again, earlier=first.newest_answer), first)
    await deployment.jobs.table.transact({"job": row})
    flagged = Flagged(first.video.uri, first.key.video_id, "a.mp4", "review", "content_moderation", "Weapons", 92.0)
    (shown,) = await FlaggedVideos(deployment.jobs, deployment.reviews, deployment.work).read([flagged])
    assert (len(shown.segments), shown.duration_ms) == (1, 10_000)


async def test_a_row_that_this_version_cannot_read_keeps_no_report_from_its_other_videos() -> None:
    worker = MemoryWorker()
    deployment = worker.deployment
    flagged = []
    for name in ("a.mp4", "of a later job.mp4", "of a later row.mp4"):
        made = job(Video("videos", name, "e"), result_key=f"results/{name}.json")
        await analysed(deployment, made, [segment("Weapons", 92.0)], Verdict.REVIEW)
        flagged.append(
            Flagged(made.video.uri, made.key.video_id, name, "review", "content_moderation", "Weapons", 92.0)
        )
    worker.tables["jobs"].rows[flagged[1].video_id, "content_moderation"]["state"] = "OF_A_LATER_VERSION"
    worker.tables["reviews"].rows[flagged[2].video_id, "status"]["status"] = "of_a_later_version"
    shown = await FlaggedVideos(deployment.jobs, deployment.reviews, deployment.work).read(flagged)
    assert [(video.line, len(video.segments)) for video in shown] == [("a.mp4", 1), ("of a later job.mp4", 0)]
