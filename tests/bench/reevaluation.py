"""`python -m bench reevaluate`: a new policy acts on an archive of any size, by workers over the embedded cloud."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from bench.bill import amounts, named, usd_a_million
from bench.expansion import pid_of
from bench.figures import tell
from bench.measured import cpu_s
from reelsift.aws import review_rows
from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.aws.jobs import _row as job_row
from reelsift.domain import transitions
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import OVER, Batch
from reelsift.domain.job import Job, Result
from reelsift.domain.line import Line, LineId
from reelsift.domain.policy import Policy
from reelsift.domain.policy_version import PolicyVersion
from reelsift.domain.result import encode_result
from reelsift.domain.segments import Segment
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_changes import judged
from reelsift.domain.video import ObjectRef, Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from reelsift.policy_versions.current import read_live
from reelsift.reevaluation.ordering import order
from reelsift.runtime.clock import now_ms
from reelsift.settings import load_settings
from support.world import BUCKET, World

MILD = Policy.parse("content_moderation: {Violence: {review: 90, reject: 98}}")
STRICT = Policy.parse("content_moderation: {Violence: {review: 60, reject: 98}}")

WRITTEN_AT_ONCE = 500
PUTS_AT_ONCE = 16
POLLED_S = 0.5


def command(
    videos: Annotated[int, typer.Option(help="Videos of the archive.")] = 100_000,
    moved: Annotated[float, typer.Option(help="Percent of the videos that get another verdict and status.")] = 2.0,
    workers: Annotated[int, typer.Option(help="Workers that walk it.")] = 2,
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """`reevaluate` by worker processes on an archive that is made for it: about an hour for 100,000 videos."""
    tell(_figures(videos, moved, workers), out)


def _figures(videos: int, moved: float, workers: int) -> Iterator[dict[str, Any]]:
    with TemporaryDirectory(prefix="bench-reevaluate-") as name:
        world = World(Path(name), subprocess.Popen, waits={})
        before = dict(os.environ)
        os.environ.update(world.env)
        try:
            yield asyncio.run(_measured(world, videos, moved, workers))
        finally:
            os.environ.clear()
            os.environ.update(before)
            world.close()


async def _measured(world: World, videos: int, moved: float, workers: int) -> dict[str, Any]:
    async with open_deployment(load_settings()) as deployment:
        await _fill(deployment, videos, round(videos * moved / 100))
        first = PolicyVersion.first(MILD, by="bench", at_ms=now_ms())
        version = first.with_policy(STRICT, by="bench", at_ms=now_ms(), note="", known_models={})
        for policy, made, after in ((MILD, first, None), (STRICT, version, first)):
            await deployment.policy_versions.put_document(policy)
            await deployment.policy_versions.change(made, after)
        batch = await order(deployment, await read_live(deployment), videos=videos, rate=1_000)
        world.cloud.clear_requests()
        world.cloud.turn_meter()
        cloud_pid = pid_of(world.cloud)
        cloud_before, began = cpu_s(cloud_pid), time.perf_counter()
        fleet = [world.worker() for _ in range(workers)]
        now = await _over(deployment, batch.batch_id)
        seconds = time.perf_counter() - began
        workers_ms = 1000 * sum(cpu_s(worker.pid) for worker in fleet) / videos
        cloud_ms = 1000 * (cpu_s(cloud_pid) - cloud_before) / videos
        world.cloud.turn_meter(on=False)
        entries, requests = world.cloud.meter(), world.cloud.requests()
    sent = {
        f"{service} {operation}": round(number / videos, 3)
        for service, operations in sorted(requests.items())
        for operation, number in sorted(operations.items())
        if number >= videos / 1_000
    }
    units = amounts(entries, videos)
    return {
        "figure": "reevaluation",
        "videos": videos,
        "lines": now.total,
        "moved_percent": moved,
        "workers": workers,
        "seconds": round(seconds, 1),
        "videos_a_second": round(videos / seconds, 1),
        "cpu_ms_a_video": {"workers": round(workers_ms, 1), "cloud": round(cloud_ms, 1)},
        "requests_a_video": round(sum(sent.values()), 2),
        "requests": sent,
        "units_a_video": named(units),
        "usd_a_million": usd_a_million(units),
    }


async def _over(deployment: Deployment, batch_id: str) -> Batch:
    """The batch, once it is over."""
    while True:
        batch = await deployment.batches.get(batch_id)
        if batch is not None and batch.state in OVER:
            return batch
        await asyncio.sleep(POLLED_S)


async def _fill(deployment: Deployment, videos: int, moved: int) -> None:
    """Write videos as workers leave them: a job that is CLOSED, its result, and a verdict of the first policy."""
    for start in range(0, videos, WRITTEN_AT_ONCE):
        numbers = range(start, min(start + WRITTEN_AT_ONCE, videos))
        # Spread over the archive, as what a policy finds is.
        made = [_video(number, 75.0 if number * 7919 % videos < moved else 55.0) for number in numbers]
        await deployment.jobs.table.write_many([job_row(job) for job, _, _ in made])
        rows = [review_rows.key_of(row.video_id) | review_rows.row_of(row) | {"edition": 1} for _, row, _ in made]
        await deployment.reviews.table.write_many(rows)
        for first in range(0, len(made), PUTS_AT_ONCE):
            await asyncio.gather(
                *(
                    deployment.work.put(str(job.result.result_key), body, "application/json")
                    for job, _, body in made[first : first + PUTS_AT_ONCE]
                )
            )
        if start and not start % (20 * WRITTEN_AT_ONCE):
            sys.stderr.write(f"{start} of {videos} videos are written\n")


def _video(number: int, confidence: float) -> tuple[Job, VideoStatus, bytes]:
    analysis, at_ms = Analysis.CONTENT_MODERATION, now_ms()
    video = Video(BUCKET, f"{number:07}.mp4", f"{number:032x}", size=1_000_000)
    line = Line(LineId("bench", f"list.csv:{number}", 0), ObjectRef(BUCKET, video.key), submitted_ms=at_ms)
    job = transitions.admitted(
        None, line, video, analysis, model_settings="min_confidence=50", now_ms=at_ms, due_at_ms=1
    )
    key = f"results/{job.current}.json"
    result = Result(result_key=key, duration_ms=60_000, billed_ms=60_000, model_version="7.0")
    job = transitions.closed(transitions.settled(job, result, now_ms=at_ms, due_at_ms=1), now_ms=at_ms)
    segments = [
        Segment(analysis, "Violence", (), at, at + 500, 1, confidence, confidence, at) for at in range(0, 6_000, 500)
    ]
    head = {"analysis": str(analysis), "duration_ms": 60_000, "attempt": 1, "job_id": "j", "model_version": "7.0"}
    judgement = MILD.judge(segments, [analysis])
    basis = Basis({analysis: 1}, MILD.digest, 1)
    verdict = VideoVerdict(video, judgement.verdict, (), basis, (), at_ms)
    row = replace(judged(VideoStatus.new(video), verdict, duration_ms=60_000), unpublished=())
    return job, row, encode_result(head, segments)
