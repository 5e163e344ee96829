"""`python -m bench price`: requests and capacity units a video, and what a million videos of them cost."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from bench.bill import amounts, by_resource, named, usd_a_million
from bench.fargate import function_usd, processor_bound_hours, quota_bound_hours, task_hour_usd
from bench.figures import tell
from bench.minimum import minimum
from bench.price_list import LOG_GB, METRIC_MONTH, MILLION, RECOVERY_GB_MONTH, REKOGNITION_MINUTE, TABLE_GB_MONTH
from bench.priced_run import IDLE_S, Run, Scale, run_blog, run_consumer, run_reelsift

_GB = 1e9

_PEERS = {"blog": run_blog, "consumer": run_consumer}


def command(
    videos: Annotated[int, typer.Option(help="Videos of each run.")] = 300,
    video_seconds: Annotated[float, typer.Option(help="How long each is: this decides how many rows answers have.")] = (
        60
    ),
    job_seconds: Annotated[float, typer.Option(help="How long each job takes in the run.")] = 6,
    real_job_seconds: Annotated[float, typer.Option(help="How long it would take in AWS, for hours of tasks.")] = 30,
    quota: Annotated[int, typer.Option(help="Jobs open at a time.")] = 20,
    systems: Annotated[str, typer.Option(help="What to run: moderation, labels, blog, consumer.")] = (
        "moderation,labels,blog,consumer"
    ),
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Requests and units a video, and USD a million videos, beside the least possible (ten minutes)."""
    scale = Scale(videos, video_seconds, job_seconds, quota)
    tell(_figures(systems.split(","), scale, real_job_seconds), out)


def _figures(systems: list[str], scale: Scale, real_job_s: float) -> Iterator[dict[str, Any]]:
    for system in systems:
        with TemporaryDirectory() as folder:
            if system in _PEERS:
                run = _PEERS[system](Path(folder), scale)
            else:
                analysis = "content_moderation" if system == "moderation" else system
                run = run_reelsift(Path(folder), scale, analysis)
        yield _figure(system, run, scale) | _processes(system, run, scale, real_job_s)
        if system not in _PEERS:
            least = minimum(run.labels, run.alerts)
            yield {
                "what": f"least possible, {system}",
                "units_a_video": named(least),
                "usd_a_million": usd_a_million(least),
            }


def _figure(system: str, run: Run, scale: Scale) -> dict[str, Any]:
    units = amounts(run.entries, scale.videos)
    return {
        "what": system,
        "videos": scale.videos,
        "seconds": round(run.seconds, 1),
        "rekognition_usd_a_million": REKOGNITION_MINUTE.of(scale.video_s / 60 * MILLION),
        "items_of_labels_a_video": round(run.labels, 2),
        "alerts_a_video": round(run.alerts, 3),
        "requests_a_video": {
            service: {operation: round(times / scale.videos, 3) for operation, times in operations.items()}
            for service, operations in run.requests.items()
        },
        "units_a_video": named(units),
        "tables": by_resource(run.entries, "dynamodb", scale.videos),
        "usd_a_million": usd_a_million(units),
    }


def _processes(system: str, run: Run, scale: Scale, real_job_s: float) -> dict[str, Any]:
    """What does not depend on the videos alone: tasks by the hour, what they ask while they wait, logs, metrics."""
    hours = quota_bound_hours(real_job_s, scale.quota)
    metrics = sum(entry["amount"] for entry in run.entries if entry["unit"] == "metric")
    figures: dict[str, Any] = {
        "cpu_ms_a_video": round(1000 * run.cpu_s / scale.videos, 2),
        "metrics": metrics,
        "metrics_usd_a_month": round(METRIC_MONTH.of(metrics), 2),
        "logs_usd_a_million": round(LOG_GB.of(run.log_bytes / scale.videos * MILLION / _GB), 2),
        "tables_bytes_a_video": round(run.table_bytes),
        "tables_usd_a_month_a_million": round(TABLE_GB_MONTH.of(run.table_bytes * MILLION / _GB), 2),
        "recovery_usd_a_month_a_million": round(RECOVERY_GB_MONTH.of(run.table_bytes * MILLION / _GB), 2),
    }
    if system == "blog":
        return figures | {"lambda_usd_a_million": round(function_usd(real_job_s), 2)}
    idle = usd_a_million(amounts(run.idle, 1))["together"] / MILLION * 3600 / IDLE_S
    return figures | {
        "task_hours_a_million_quota_bound": round(hours, 1),
        "fargate_usd_a_million_quota_bound": round(hours * task_hour_usd(), 2),
        "fargate_usd_a_million_processor_bound": round(
            processor_bound_hours(run.cpu_s / scale.videos) * task_hour_usd(), 2
        ),
        "idle_usd_an_hour": round(idle, 6),
        "idle_units_a_minute": named(amounts(run.idle, 1)),
    }
