import heapq
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from rekognition_cloud.chance import Chance
from rekognition_cloud.knobs import Knobs
from rekognition_cloud.rekognition.analysis import Analysis
from rekognition_cloud.rekognition.closed import CLOSED
from rekognition_cloud.rekognition.completion import Completions
from rekognition_cloud.rekognition.get_answer import get_answer
from rekognition_cloud.rekognition.job import Job
from rekognition_cloud.rekognition.new_job import new_job
from rekognition_cloud.rekognition.page_token import PageTokens
from rekognition_cloud.rekognition.rate import Rate
from rekognition_cloud.rekognition.refusal import Refusal
from rekognition_cloud.rekognition.validation import check_request
from rekognition_cloud.rekognition.video import Probe
from rekognition_cloud.scheduler import Scheduler

INTERNAL_FAILURE = "Internal server error."
"""The StatusMessage of a job that the knobs fail. Amazon documents no sentence for it."""

MOST_FAILURES = 2
"""How often in a row the knobs fail jobs of one operation on one object: the third job succeeds."""


class Jobs:
    """All jobs of Rekognition Video: starts them, answers for them, and keeps the ledger of what they cost.

    One account is served: jobs of all its regions share the quota.
    """

    def __init__(self, knobs: Callable[[], Knobs], chance: Callable[[], Chance], scheduler: Scheduler) -> None:
        self._knobs = knobs
        self._chance = chance
        self._scheduler = scheduler
        self._probe = Probe()
        self._completions = Completions(scheduler)
        # Held through a whole Start: two calls with one token, or for the last free place, must not run at once.
        self._lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        """Forgets all jobs, counts and tokens."""
        with self._lock:
            self._jobs: dict[str, Job] = {}
            self._tokens: dict[tuple[str, str, str, str], Job] = {}
            self._ends: list[tuple[float, str]] = []
            self._open: set[str] = set()
            self._peak_open = 0
            self._refusals: Counter[str] = Counter()
            self._rates: defaultdict[str, Rate] = defaultdict(Rate)
            self._failed: Counter[tuple[str, str, str]] = Counter()
            self._page_tokens = PageTokens()
            self._back_at = 0.0
            self._completions.speak()

    def restart(self, seconds: float) -> None:
        """Takes Rekognition down for so long. Jobs and client tokens are kept, and open jobs go on. Completions due
        meanwhile are never published, and every NextToken becomes invalid.
        """
        with self._lock:
            self._back_at = time.time() + seconds
            self._page_tokens = PageTokens()
            self._rates.clear()
        self._completions.silence(self._back_at)

    @property
    def down(self) -> bool:
        """Whether Rekognition answers no call, because of a restart."""
        return time.time() < self._back_at

    def start(self, analysis: Analysis, account: str, region: str, request: dict[str, Any]) -> Job:
        """Answers a Start call. Raises Refusal."""
        knobs = self._knobs()
        try:
            check_request(analysis.start, request)
            analysis.check(request)
            with self._lock:
                self._rates[analysis.start].admit(knobs.start_rate)
                return self._replayed(analysis, account, region, request) or self._started(
                    analysis, account, region, request
                )
        except Refusal as refusal:
            self._count(refusal)
            raise

    def answer(self, analysis: Analysis, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answers a Get call. Raises Refusal."""
        knobs, now = self._knobs(), time.time()
        try:
            check_request(analysis.get, request)
            with self._lock:
                self._rates[analysis.get].admit(knobs.get_rate)
                job = self._asked_for(analysis, account, region, request["JobId"])
                tokens = self._page_tokens
            return get_answer(job, request, tokens, knobs.page_token_seconds, now)
        except Refusal as refusal:
            self._count(refusal)
            raise

    def refuse(self, operation: str, request: dict[str, Any]) -> NoReturn:
        """Answers a call of an operation that is closed. Raises Refusal."""
        knobs = self._knobs()
        try:
            check_request(operation, request)
            with self._lock:
                self._rates[operation].admit(knobs.start_rate if operation.startswith("Start") else knobs.get_rate)
            raise CLOSED[operation](request)
        except Refusal as refusal:
            self._count(refusal)
            raise

    def entries(self) -> list[dict[str, Any]]:
        """The ledger: one entry a job, in the order of their starts."""
        now = time.time()
        with self._lock:
            return [job.entry(now) for job in self._jobs.values()]

    def summary(self) -> dict[str, Any]:
        now = time.time()
        with self._lock:
            self._close_ended(now)
            jobs = self._jobs.values()
            return {
                "open": len(self._open),
                "peak_open": self._peak_open,
                "started": len(self._jobs),
                "starts": sum(job.starts for job in jobs),
                "succeeded": sum(job.status(now) == "SUCCEEDED" for job in jobs),
                "failed": sum(job.status(now) == "FAILED" for job in jobs),
                "billed_ms": sum(job.billed_ms(now) for job in jobs),
                "published": sum(job.published for job in jobs),
                "quota": self._knobs().quota,
                "slot_seconds": sum(min(now, job.ends_at) - job.started_at for job in jobs),
                "refusals": dict(self._refusals),
            }

    def finish(self, job_ids: Iterable[str] | None = None) -> int:
        """Ends these open jobs now, or all where `job_ids` is None. Returns how many."""
        now = time.time()
        with self._lock:
            self._close_ended(now)
            ending = self._open if job_ids is None else self._open.intersection(job_ids)
            jobs = [self._jobs[job_id] for job_id in ending]
            for job in jobs:
                job.ends_at = now
                heapq.heappush(self._ends, (now, job.job_id))
                self._completions.announce_at_end(job)
        return len(jobs)

    def expire(self, job_ids: Iterable[str] | None = None) -> int:
        """Makes the results of these jobs expire, or of all where `job_ids` is None. Returns how many."""
        with self._lock:
            vanishing = self._jobs.keys() if job_ids is None else self._jobs.keys() & set(job_ids)
            for job_id in vanishing:
                self._jobs[job_id].expired = True
            return len(vanishing)

    def _count(self, refusal: Refusal) -> None:
        with self._lock:
            self._refusals[refusal.code] += 1

    def _replayed(self, analysis: Analysis, account: str, region: str, request: dict[str, Any]) -> Job | None:
        """The job that was started with this token, None where there is none.

        Raises Refusal: IdempotentParameterMismatchException where the token came with another input.
        """
        token = request.get("ClientRequestToken")
        job = self._tokens.get((analysis.start, account, region, token)) if token else None
        if job is None or time.time() - job.started_at > self._knobs().token_seconds:
            return None
        if job.request != request:
            raise Refusal(
                "IdempotentParameterMismatchException",
                "A ClientRequestToken input parameter was reused with an operation, but at least one of the other "
                "input parameters is different from the previous call to the operation.",
            )
        job.starts += 1
        return job

    def _started(self, analysis: Analysis, account: str, region: str, request: dict[str, Any]) -> Job:
        knobs, now = self._knobs(), time.time()
        self._close_ended(now)
        if len(self._open) >= knobs.quota:
            user = f"arn:aws:iam::{account}:root"
            raise Refusal(
                "LimitExceededException",
                f"{len(self._open)} open Jobs for User {user} Maximum limit: {knobs.quota}",
            )
        job = new_job(analysis, account, region, request, knobs, self._probe, now)
        self._strike(job, knobs)
        self._jobs[job.job_id] = job
        if token := request.get("ClientRequestToken"):
            self._tokens[analysis.start, account, region, token] = job
        self._open.add(job.job_id)
        self._peak_open = max(self._peak_open, len(self._open))
        heapq.heappush(self._ends, (job.ends_at, job.job_id))
        self._completions.plan(job, knobs, self._chance())
        return job

    def _strike(self, job: Job, knobs: Knobs) -> None:
        """Fails a job that would succeed, if the knobs say so."""
        what = (job.analysis.start, job.video.bucket, job.video.key)
        if (
            job.outcome == "SUCCEEDED"
            and self._failed[what] < MOST_FAILURES
            and self._chance().happens("failed", knobs.jobs_failed)
        ):
            self._failed[what] += 1
            job.fail(INTERNAL_FAILURE)
        elif job.outcome == "SUCCEEDED":
            self._failed.pop(what, None)

    def _close_ended(self, now: float) -> None:
        while self._ends and self._ends[0][0] <= now:
            self._open.discard(heapq.heappop(self._ends)[1])

    def _asked_for(self, analysis: Analysis, account: str, region: str, job_id: str) -> Job:
        job = self._jobs.get(job_id)
        lifetime = self._knobs().results_seconds
        if (
            job is None
            or (job.analysis, job.account, job.region) != (analysis, account, region)
            or job.expired
            or time.time() - job.ends_at > lifetime
        ):
            raise Refusal("ResourceNotFoundException", "Could not find JobId")
        return job
