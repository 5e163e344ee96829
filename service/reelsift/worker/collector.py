"""COLLECTING: read an answer, page by page, and keep it as it came."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import structlog
from botocore.exceptions import ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import THROTTLES, AwsUnavailable, code_of
from reelsift.aws.rekognition import PageTokenExpired, ResultExpired
from reelsift.aws.table import ConditionFailed
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer, MismatchedPagesError
from reelsift.domain.detections import MalformedAnswerError
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job
from reelsift.worker.clock import now_ms
from reelsift.worker.pace import Pace
from reelsift.worker.settler import Settler

PAGE_TRIES = 10
"""Requests for one page that may be throttled in a row, each by botocore's own tries and at half the pace."""

PAGING_TRIES = 3
"""Page tokens live 24 h: an answer whose token expires is read again from its beginning, so often in a row."""

RESULT_EXPIRED = Failure(
    Reason.RESULT_EXPIRED,
    "Rekognition no longer has the result (it keeps results for 7 days); the analysis was paid, and a retry pays again",
)

_log = structlog.get_logger(__name__)


class Collector:
    """Reads the answers of jobs that have ended. Reading one again costs a request a page, and nothing else."""

    def __init__(self, deployment: Deployment, settler: Settler, pace: Pace) -> None:
        self._deployment = deployment
        self._settings = deployment.settings
        self._settler = settler
        self._pace = pace

    async def page(self, analysis: Analysis, job_id: str, token: str | None = None) -> dict[str, Any]:
        """One page of a job's answer, at this worker's pace. Raises ResultExpired and PageTokenExpired."""
        for _ in range(PAGE_TRIES):
            await self._pace.turn()
            try:
                page = await self._deployment.rekognition.page(analysis, job_id, token)
            except ClientError as error:
                if code_of(error) not in THROTTLES:
                    raise
                # In place: given up here, the whole answer would be read again from its first page.
                self._pace.throttled()
                self._deployment.metrics.count("Throttled", Operation="Get")
                continue
            self._pace.succeeded()
            return page
        raise AwsUnavailable(f"Rekognition throttles Get* of {job_id} time and again")

    async def collect(self, job: Job, first: dict[str, Any] | None = None) -> None:
        """COLLECTING: read the answer, keep it, make segments and verdict of it, settle."""
        for _ in range(PAGING_TRIES):
            try:
                answer = await self._read(job, first)
            except PageTokenExpired:
                first = None
                continue
            except ResultExpired:
                await self._settler.fail(job, RESULT_EXPIRED)
                return
            except (MalformedAnswerError, MismatchedPagesError) as error:
                await self._settler.fail(job, Failure(Reason.INTERNAL_ERROR, f"Rekognition's answer: {error}"))
                return
            except ConditionFailed:
                return
            await self._settler.settle(job, answer, _raw_key(job))
            return
        _log.warning("page_token_expired", tries=PAGING_TRIES, then="read again later")

    async def _read(self, job: Job, first: dict[str, Any] | None) -> Answer:
        """The whole answer, its raw pages kept in the work bucket. Memory is bounded by pages and columns."""
        answer = Answer(job.analysis)
        lease_end = time.monotonic() + self._settings.look_collecting_s / 2
        async with (
            self._deployment.work.answer_writer(_raw_key(job)) as raw,
            aclosing(self._pages(job, first)) as pages,
        ):
            async for page in pages:
                answer.add(page)
                await raw.write(page)
                if time.monotonic() > lease_end:
                    job = await self._deployment.jobs.look_again(
                        job, now_ms() + int(self._settings.look_collecting_s * 1000)
                    )
                    lease_end = time.monotonic() + self._settings.look_collecting_s / 2
        return answer

    async def _pages(self, job: Job, first: dict[str, Any] | None) -> AsyncGenerator[dict[str, Any], None]:
        assert job.job_id is not None  # noqa: S101 - COLLECTING has one
        page = first if first is not None else await self.page(job.analysis, job.job_id)
        yield page
        while page.get("NextToken"):
            page = await self.page(job.analysis, job.job_id, page["NextToken"])
            yield page


def _raw_key(job: Job) -> str:
    return f"raw/{job.current}.json.gz"
