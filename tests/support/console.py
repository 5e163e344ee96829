"""What another program does with the library: submit, watch, mend, retry, report. Run as a process of its own.

Prints what it saw as one JSON object. Nothing of the command line is imported, not even by what it imports.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import boto3

from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.batches import control
from reelsift.batches.retry.order import RetryOrder
from reelsift.batches.retry.retry import plan_retry, retry
from reelsift.batches.submit.sources import NamedSource, parse_source
from reelsift.batches.submit.submission import SubmitOrder, estimate, submit
from reelsift.domain.line import OutcomeStatus
from reelsift.errors import BatchNotPausable, NoSuchBatch
from reelsift.queries import batch_status, deployment_status
from reelsift.queries.batch_status import BatchMonitor, BatchStatus
from reelsift.queries.deployment_status import DeploymentMonitor
from reelsift.queries.findings import Query, find
from reelsift.queries.video_result import read_result
from reelsift.reporting.download import download
from reelsift.reporting.failed_objects import read_failed_objects
from reelsift.reporting.lines import ReportRead
from reelsift.reporting.page_now import read_page
from reelsift.settings import load_settings


async def last(deployment: Deployment, batch_id: str) -> BatchStatus:
    """Follow a batch to its end."""
    statuses = [status async for status in BatchMonitor(deployment, batch_id).follow()]
    return statuses[-1]


async def seen(manifest: str, late_uri: str, late_video: bytes, folder: Path) -> dict[str, Any]:
    """The batch of a manifest, one video of which is uploaded only once its line has failed."""
    bucket, _, key = late_uri.partition("/")
    order = SubmitOrder([NamedSource(manifest, parse_source(manifest))], name="July")
    async with open_deployment(load_settings()) as deployment:
        estimated = await estimate(deployment, order)
        batch = await submit(deployment, order)
        first = await last(deployment, batch.batch_id)
        async with read_failed_objects(await ReportRead.begin(deployment, batch.batch_id)) as failed:
            again = list(failed.csv())
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=late_video)
        plan = await plan_retry(deployment, batch.batch_id, RetryOrder())
        retried = await retry(deployment, batch.batch_id, RetryOrder())
        second = await last(deployment, batch.batch_id)
        read = await ReportRead.begin(deployment, batch.batch_id)
        lines = [line.outcome async for some in read.chunks() for line in some]
        copied = await download(deployment, batch.batch_id, folder / "report")
        page = await read_page(deployment, batch.batch_id)
        videos = [video.video async for video in find(deployment, Query(label="Explicit Nudity"))]
        result = await read_result(deployment, videos[0])
        return {
            "estimate": estimated.members()["lines"],
            "first": batch_status.members(first),
            "failed": again,
            "plan": plan.lines,
            "retried": retried.sent,
            "second": batch_status.members(second),
            "lines": {line.ref.key: [line.status, line.verdict] for line in lines},
            "succeeded": sum(line.status is OutcomeStatus.SUCCEEDED for line in lines),
            "files": copied.files,
            "page": page.stored,
            "videos": videos,
            "verdict": result.head.verdict,
            "deployment": deployment_status.members(await DeploymentMonitor(deployment).status()),
            "refusals": [await refusal(deployment, batch.batch_id), await refusal(deployment, "nope")],
        }


async def refusal(deployment: Deployment, batch_id: str) -> str:
    """What pausing such a batch is refused with."""
    try:
        await control.pause(deployment, batch_id)
    except (BatchNotPausable, NoSuchBatch) as error:
        return f"{type(error).__name__}: {error}"
    return "none"


def main() -> None:
    manifest, late_uri, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    found = asyncio.run(seen(manifest, late_uri, (folder / "late.mp4").read_bytes(), folder))
    # structlog imports rich where it is installed, so rich proves nothing.
    found["imported"] = [name for name in ("reelsift.cli", "reelsift.demo", "typer", "click") if name in sys.modules]
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
