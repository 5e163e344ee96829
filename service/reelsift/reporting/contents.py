"""What a batch's report says, put together from its summary and the stored results."""

from reelsift.aws.jobs import Jobs
from reelsift.aws.objects import WorkBucket
from reelsift.domain.batch import Batch, Counts
from reelsift.reporting.flagged_videos import FlaggedVideos
from reelsift.reports import report_keys
from reelsift.reports.contents import ReportContents
from reelsift.reports.findings_summary import FindingsSummary
from reelsift.runtime.clock import Clock


class ContentsReader:
    """Puts together what the reports of a deployment say."""

    def __init__(self, jobs: Jobs, work: WorkBucket, deployment: str, clock: Clock) -> None:
        """`deployment` is its name."""
        self._flagged_videos = FlaggedVideos(jobs, work)
        self._bucket = work.bucket
        self._deployment = deployment
        self._clock = clock

    async def read(self, batch: Batch, counts: Counts, summary: FindingsSummary) -> ReportContents:
        """The contents as of now, with the segments of the gravest videos."""
        return ReportContents(
            deployment=self._deployment,
            batch=batch,
            counts=counts,
            written_ms=self._clock.now_ms(),
            location=report_location(self._bucket, batch.batch_id),
            endings=summary.endings,
            verdicts=summary.verdicts,
            labels=summary.label_shares(),
            flagged_total=summary.flagged_total,
            flagged=await self._flagged_videos.read(summary.flagged),
        )


def report_location(bucket: str, batch_id: str) -> str:
    """The URI of the folder in the work bucket that a batch's report lies in."""
    return f"s3://{bucket}/{report_keys.folder(batch_id)}"
