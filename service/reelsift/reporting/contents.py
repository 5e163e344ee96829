"""What a batch's report says, put together from its summary and the stored results."""

from reelsift.aws.deployment import Deployment
from reelsift.domain.batch import Batch, Counts
from reelsift.reporting.flagged_videos import flagged_videos
from reelsift.reports import report_keys
from reelsift.reports.contents import ReportContents
from reelsift.reports.findings_summary import FindingsSummary
from reelsift.runtime.clock import now_ms


async def report_contents(
    deployment: Deployment, batch: Batch, counts: Counts, summary: FindingsSummary
) -> ReportContents:
    """The contents as of now, with the segments of the gravest videos."""
    return ReportContents(
        deployment=deployment.settings.deployment,
        batch=batch,
        counts=counts,
        written_ms=now_ms(),
        location=report_location(deployment, batch.batch_id),
        endings=summary.endings,
        verdicts=summary.verdicts,
        labels=summary.label_shares(),
        flagged_total=summary.flagged_total,
        flagged=await flagged_videos(deployment, summary.flagged),
    )


def report_location(deployment: Deployment, batch_id: str) -> str:
    """The URI of the folder that a batch's report lies in."""
    return f"s3://{deployment.work.bucket}/{report_keys.folder(batch_id)}"
