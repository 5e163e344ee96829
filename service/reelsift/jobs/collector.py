"""COLLECTING: read an answer, page by page, and keep it as it came."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import structlog
from botocore.exceptions import ClientError

from reelsift.aws.errors import THROTTLES, AwsUnavailable, Unanswered, code_of
from reelsift.aws.jobs import Jobs
from reelsift.aws.metrics import Metrics
from reelsift.aws.objects import WorkBucket
from reelsift.aws.raw_answers import RawAnswerLostError, stored_pages
from reelsift.aws.rekognition import PageTokenExpired, Rekognition, ResultExpired
from reelsift.aws.table import ConditionFailed
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer, MismatchedPagesError
from reelsift.domain.detections import MalformedAnswerError
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job
from reelsift.jobs.closer import Closer
from reelsift.jobs.seal_check import SEALED, SealCheck
from reelsift.jobs.settler import Settler
from reelsift.jobs.sharing import Sharing
from reelsift.jobs.troubles import Troubles
from reelsift.jobs.whole_answers import pages_let_go
from reelsift.runtime.clock import Clock
from reelsift.runtime.lease import Lease
from reelsift.runtime.pace import Pace
from reelsift.settings import Settings
from reelsift.threads import in_thread

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

    def __init__(
        self,
        *,
        jobs: Jobs,
        rekognition: Rekognition,
        work: WorkBucket,
        settler: Settler,
        closer: Closer,
        sharing: Sharing,
        seal_check: SealCheck,
        troubles: Troubles,
        pace: Pace,
        whole_answers: asyncio.Semaphore,
        metrics: Metrics,
        settings: Settings,
        clock: Clock,
    ) -> None:
        """`whole_answers` are the places in which answers are read whose pages may be of any size."""
        self._jobs = jobs
        self._rekognition = rekognition
        self._work = work
        self._settler = settler
        self._closer = closer
        self._sharing = sharing
        self._seal_check = seal_check
        self._troubles = troubles
        self._pace = pace
        self._whole_answers = whole_answers
        self._metrics = metrics
        self._settings = settings
        self._clock = clock
        self._places = asyncio.Semaphore(settings.collectors)

    async def page(self, analysis: Analysis, job_id: str, token: str | None = None) -> dict[str, Any]:
        """One page of a job's answer, at this worker's pace. Raises ResultExpired, PageTokenExpired and Unanswered."""
        for _ in range(PAGE_TRIES):
            await self._pace.turn()
            try:
                page = await self._rekognition.page(analysis, job_id, token)
            except ClientError as error:
                if code_of(error) not in THROTTLES:
                    raise
                # In place: given up here, the whole answer would be read again from its first page.
                self._pace.throttled()
                self._metrics.count("Throttled", Operation="Get")
                continue
            self._pace.succeeded()
            return page
        raise AwsUnavailable(f"Rekognition throttles Get* of {job_id} time and again")

    async def collect(self, job: Job, first: dict[str, Any] | None = None) -> None:
        """COLLECTING: read the answer, keep it, make segments and verdict of it, settle."""
        lease = Lease(job, self._jobs.postpone, seconds=self._settings.recheck_collecting_s, clock=self._clock)
        try:
            await self._place(lease, self._places)
        except ConditionFailed:
            return
        try:
            if await self._seal_check.is_sealed(job.key.video_id):
                await self._closer.fail(lease.row, SEALED)
            elif job.result.raw_key is None:
                await self._collect_own(lease, first)
            else:
                await self._collect_kept(lease, job.result.raw_key)
        finally:
            self._places.release()

    async def _place(self, lease: Lease[Job], places: asyncio.Semaphore) -> None:
        """Wait for one of the places in which answers are read: the caller releases it. Raises ConditionFailed as
        `keep` does.
        """
        while True:
            try:
                async with asyncio.timeout(lease.renewal_in_s):
                    await places.acquire()
            except TimeoutError:
                await lease.keep()
            else:
                return

    async def _collect_own(self, lease: Lease[Job], first: dict[str, Any] | None) -> None:
        for _ in range(PAGING_TRIES):
            try:
                answer = await self._read(lease, first)
            except PageTokenExpired:
                first = None
                continue
            except ResultExpired:
                await self._closer.fail(lease.row, RESULT_EXPIRED)
                return
            except (MalformedAnswerError, MismatchedPagesError) as error:
                failure = Failure(Reason.INTERNAL_ERROR, f"Rekognition's answer: {error}")
                await self._closer.fail(lease.row, failure)
                return
            except Unanswered as error:
                recheck_s = self._settings.recheck_collecting_s
                await self._troubles.with_rekognition(lease.row, str(error), recheck_s=recheck_s)
                raise
            except ConditionFailed:
                return
            await self._settle(lease, answer, _raw_key(lease.row))
            return
        _log.warning("page_token_expired", tries=PAGING_TRIES, then="read again later")

    async def _collect_kept(self, lease: Lease[Job], raw_key: str) -> None:
        """Read an answer from where it is kept: that of a video whose content is the same, or one that was brought
        in.
        """
        job = lease.row
        answer = _answer(job)
        try:
            await self._place(lease, self._whole_answers)
            try:
                with pages_let_go():
                    await self._read_kept(lease, answer, raw_key)
            finally:
                self._whole_answers.release()
        except (RawAnswerLostError, MalformedAnswerError, MismatchedPagesError) as error:
            if job.start.imported_from is None:
                await self._sharing.disown(lease.row, str(error))
            else:
                await self._closer.fail(lease.row, Failure(Reason.ANSWER_REFUSED, str(error)))
        except ConditionFailed:
            return
        else:
            await self._settle(lease, answer, raw_key)

    async def _read_kept(self, lease: Lease[Job], answer: Answer, raw_key: str) -> None:
        async with aclosing(stored_pages(self._work, raw_key)) as pages:
            async for page in pages:
                # One that was brought in may hold all rows of its answer.
                await in_thread(answer.add, page)
                await lease.keep()
                # It goes before the next is read.
                del page

    async def _settle(self, lease: Lease[Job], answer: Answer, raw_key: str) -> None:
        try:
            await self._settler.settle(lease, answer, raw_key)
        except Unanswered as error:
            await self._troubles.with_object(lease.row, str(error), recheck_s=self._settings.recheck_collecting_s)
            raise

    async def _read(self, lease: Lease[Job], first: dict[str, Any] | None) -> Answer:
        """The whole answer, its raw pages kept in the work bucket. Memory is bounded by pages and columns."""
        job = lease.row
        answer = _answer(job)
        async with (
            self._work.answer_writer(_raw_key(job)) as raw,
            aclosing(self._pages(job, first)) as pages,
        ):
            async for page in pages:
                answer.add(page)
                await raw.write(page)
                await lease.keep()
        return answer

    async def _pages(self, job: Job, first: dict[str, Any] | None) -> AsyncGenerator[dict[str, Any], None]:
        assert job.start.job_id is not None  # noqa: S101 - COLLECTING has one
        page = first if first is not None else await self.page(job.analysis, job.start.job_id)
        yield page
        while page.get("NextToken"):
            page = await self.page(job.analysis, job.start.job_id, page["NextToken"])
            yield page


def _answer(job: Job) -> Answer:
    """An answer without pages, which keeps what the attempt was to keep: settings may have changed since."""
    return Answer(job.analysis, job.analysis.spec.kept_from(job.asked.model_settings))


def _raw_key(job: Job) -> str:
    return f"raw/{job.current}.json.gz"
