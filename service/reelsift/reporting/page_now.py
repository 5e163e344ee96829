"""The page of a batch for people: the stored one, or one made now."""

import asyncio
from dataclasses import dataclass

from botocore.exceptions import ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import code_of
from reelsift.domain.batch import OVER
from reelsift.reporting.contents import ContentsReader
from reelsift.reporting.lines import ReportRead
from reelsift.reports import report_keys
from reelsift.runtime.clock import SystemClock


@dataclass(frozen=True, slots=True)
class BatchPage:
    """HTML in UTF-8, and whether it is that of the stored report."""

    body: bytes
    stored: bool


async def read_page(deployment: Deployment, batch_id: str) -> BatchPage:
    """The page. Of a batch that is not over it has the lines that have ended. Raises NoSuchBatch."""
    from reelsift.reports.page import render_page

    read = await ReportRead.begin(deployment, batch_id)
    if read.batch.state in OVER:
        try:
            return BatchPage(await deployment.work.get(report_keys.page_key(batch_id)), stored=True)
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
    async for _ in read.chunks():
        pass
    settings = deployment.settings
    reader = ContentsReader(
        jobs=deployment.jobs,
        reviews=deployment.reviews,
        work=deployment.work,
        deployment=settings.deployment,
        with_segments=settings.segment_dataset,
        clock=SystemClock(),
    )
    contents = await reader.read(read.batch, read.counts, read.summary)
    page = await asyncio.to_thread(render_page, contents)
    return BatchPage(page.encode(errors="replace"), stored=False)
