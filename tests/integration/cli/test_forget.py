"""`forget`: asks, removes, says what stays; and the fleet takes the video out of the reports."""

import asyncio
import json
from io import BytesIO

import pytest
from pyarrow.parquet import read_table  # type: ignore[import-untyped]

from integration.cli.conftest import Deployed
from integration.cli.rows import analysed, job, make_batch, outcome, segment
from reelsift.aws.deployment import Deployment
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import JobState
from reelsift.domain.policy import Verdict
from reelsift.domain.video import Video
from reelsift.runtime.clock import SystemClock
from reelsift.runtime.timings import Timings
from reelsift.worker import batch_loops
from support.batch_loops import active
from support.jobs import write_jobs

VIDEO = Video("videos", "rough.mp4", "e1", size=10)
OTHER = Video("videos", "calm.mp4", "e2", size=10)


def _result(video: Video) -> str:
    return f"results/{video.video_id}/{Analysis.CONTENT_MODERATION}/1-ab12cd34.json"


async def analyse(deployment: Deployment) -> None:
    """Two videos of a batch, with everything that workers leave of them."""
    for video in (VIDEO, OTHER):
        done = job(video, peak_label="Violence", peak_confidence=99.0, result_key=_result(video))
        await analysed(deployment, done, [segment("Violence", 99.0)], Verdict.REVIEW)
        await deployment.untold.told(video.video_id, [1])
        for folder in ("raw", "videos", "alerts"):
            await deployment.work.put(f"{folder}/{video.video_id}/1.json", b"{}", "application/json")
        # What was overwritten is still there, in a bucket that keeps versions.
        await deployment.work.put(f"videos/{video.video_id}/1.json", b"{1}", "application/json")
    await make_batch(deployment, "b1", [VIDEO.key, OTHER.key])
    names = [f"{Analysis.CONTENT_MODERATION}/1-ab12cd34"]
    await deployment.outcomes.record(
        [
            outcome("b1", row, video_id=video.video_id, peak_label="Violence", verdict="review", results=tuple(names))
            for row, video in enumerate((VIDEO, OTHER), 1)
        ]
    )


@pytest.fixture
def known(deployed: Deployed) -> Deployed:
    deployed.client("s3").put_bucket_versioning(
        Bucket=deployed.work_bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    deployed.do(analyse)
    return deployed


def versions(deployed: Deployed, video: Video) -> list[str]:
    answer = deployed.client("s3").list_object_versions(Bucket=deployed.work_bucket)
    entries = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
    return [entry["Key"] for entry in entries if video.video_id in entry["Key"]]


def test_nothing_is_forgotten_that_nobody_has_confirmed(known: Deployed) -> None:
    result = known.cli("forget", VIDEO.video_id)
    assert (result.exit_code, "nothing was forgotten" in result.stderr) == (2, True)
    assert "locked: they hold ids, codes and pseudonyms only" in result.stderr
    assert versions(known, VIDEO)


def test_a_forgotten_video_leaves_no_object_no_row_and_no_report(known: Deployed) -> None:
    neighbours = versions(known, OTHER)
    assert known.do(_reported) == [VIDEO.video_id, OTHER.video_id]
    result = known.cli("forget", VIDEO.video_id, "--yes", "--json")
    assert result.exit_code == 0, result.stderr
    done = json.loads(result.stdout)
    assert (done["jobs"], done["labels"], done["objects"]) == (1, 1, 6)
    assert versions(known, VIDEO) == []
    assert versions(known, OTHER) == neighbours
    assert known.cli("show", VIDEO.video_id).exit_code == 1
    found = known.cli("search", "--label", "Violence", "--json").stdout
    assert (VIDEO.video_id in found, OTHER.video_id in found) == (False, True)

    assert known.do(_erased) == [OTHER.video_id]


def _reporting(deployment: Deployment) -> batch_loops.ReportingParts:
    return batch_loops.compose_reporting(deployment, active(deployment), asyncio.Event(), Timings(), SystemClock())


async def _reported(deployment: Deployment) -> list[str]:
    """The fleet reports the chunk; returns the videos in the Parquet of its lines."""
    chunk = await deployment.chunks.get("b1", 0)
    assert chunk is not None
    await deployment.chunks.to_report(chunk, now_ms=1)
    await _reporting(deployment).reporter.step()
    return await _videos(deployment)


async def _erased(deployment: Deployment) -> list[str]:
    """The fleet takes out what was forgotten; returns the videos that are left."""
    await _reporting(deployment).erasure.step()
    return await _videos(deployment)


async def _videos(deployment: Deployment) -> list[str]:
    key = "reports/parquet/date=2026-05-28/batch=b1/part-000000000.parquet"
    table = read_table(BytesIO(await deployment.work.get(key)))
    return [str(value) for value in table["video_id"].to_pylist()]


def test_a_video_that_is_analysed_just_now_is_not_forgotten(known: Deployed) -> None:
    async def again(deployment: Deployment) -> None:
        await write_jobs(deployment, job(VIDEO, JobState.RUNNING, analysis=Analysis.LABELS, slot=0, job_id="j"))

    known.do(again)
    refused = known.cli("forget", VIDEO.video_id, "--yes")
    assert (refused.exit_code, "is not over yet" in refused.stderr) == (1, True)
    assert versions(known, VIDEO)


def test_a_video_whose_status_is_still_to_be_told_is_not_forgotten(deployed: Deployed) -> None:
    async def judge(deployment: Deployment) -> None:
        done = job(VIDEO, peak_label="Violence", result_key=_result(VIDEO))
        await analysed(deployment, done, [segment("Violence", 99.0)], Verdict.REVIEW)

    deployed.do(judge)
    refused = deployed.cli("forget", VIDEO.video_id, "--yes")
    assert (refused.exit_code, "is still to be told" in refused.stderr) == (1, True)


def test_forgotten_once_more_there_is_nothing_left_to_remove(known: Deployed) -> None:
    assert known.cli("forget", VIDEO.video_id, "--yes").exit_code == 0
    again = known.cli("forget", VIDEO.video_id, "--yes", "--json")
    assert again.exit_code == 0, again.stderr
    assert (json.loads(again.stdout)["jobs"], json.loads(again.stdout)["objects"]) == (0, 0)
    unknown = known.cli("forget", "f" * 40, "--yes")
    assert unknown.exit_code != 0
