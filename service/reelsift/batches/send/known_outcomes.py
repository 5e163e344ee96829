"""Lines that need no message: their outcome is known before anything is sent."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace

from reelsift.aws.jobs import Jobs
from reelsift.aws.reviews import Reviews
from reelsift.aws.untagged import Untagged
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job, JobKey, JobState, StartSettings, answers
from reelsift.domain.line import Line
from reelsift.domain.outcome import Outcome, conclude, failed
from reelsift.domain.refusal import refused_bucket, refused_size, refused_storage
from reelsift.domain.status import VideoStatus
from reelsift.domain.video import ObjectRef, Video
from reelsift.domain.video_verdict import said
from reelsift.runtime.clock import Clock
from reelsift.settings import Settings

AskNeeds = Callable[[], Awaitable[frozenset[Analysis]]]
"""The analyses that the policy of this moment needs."""

KEYS_AT_ONCE = 100
"""Jobs read in one request (DynamoDB's BatchGetItem)."""


class KnownOutcomes:
    """Finds the lines that can be ended as they stand in the manifest: only what it says of the object is known."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        reviews: Reviews,
        untagged: Untagged | None,
        needs: AskNeeds,
        settings: Settings,
        start_settings: StartSettings,
        clock: Clock,
    ) -> None:
        """`start_settings` are those of today: a result of other model settings is no answer. `needs` is asked each
        time which analyses the policy needs: it may change.
        """
        self._jobs = jobs
        self._reviews = reviews
        self._untagged = untagged
        self._needs = needs
        self._settings = settings
        self._start_settings = start_settings
        self._clock = clock

    async def outcomes(self, lines: Sequence[Line]) -> dict[str, Outcome]:
        """The outcomes of those of a chunk's lines that have one already, by the lines' names."""
        now_ms, needs = self._clock.now_ms(), await self._needs()
        found: dict[str, Outcome] = {}
        videos: dict[str, tuple[Line, str]] = {}
        for line in lines:
            refusal = self._refusal(line.ref)
            if refusal is not None:
                found[line.id.line] = _refused(line, refusal, now_ms)
            elif line.answer is None and line.ref.etag is not None and not line.again and line.id.round == 1:
                video = Video(line.ref.bucket, line.ref.key, line.ref.etag)
                videos[line.id.line] = line, video.video_id
        keys = [
            JobKey(video_id, analysis)
            for line, video_id in videos.values()
            for analysis in needs.union(self._analyses(line))
        ]
        jobs, half_known = await self._jobs_of(keys)
        rows, unread = await self._rows_of(list(jobs))
        # Whoever meets such a video says what becomes of its lines.
        left = half_known | unread | {video_id for video_id, row in rows.items() if row.sealed}
        jobs = {video_id: known for video_id, known in jobs.items() if video_id not in left}
        for name, (line, video_id) in videos.items():
            outcome = self._outcome(line, jobs.get(video_id, {}), rows.get(video_id), needs)
            if outcome is not None:
                found[name] = outcome
        await self._name([videos[name][0] for name in videos if name in found])
        for line in lines:
            # What was analysed before it was archived is known. And of a line that is retried S3 is asked: the list
            # does not know what was restored since.
            if line.id.line not in found and line.ref.barrier is not None and line.id.round == 1:
                refusal = refused_storage(line.ref, line.ref.barrier, listed=True)
                found[line.id.line] = _refused(line, refusal, now_ms)
        return found

    async def _name(self, lines: Sequence[Line]) -> None:
        """Have the objects of lines that end here tagged, of which a worker would have done so on meeting them."""
        if self._untagged is not None:
            for ref in [line.ref for line in lines]:
                await self._untagged.named(Video(ref.bucket, ref.key, ref.etag or "", ref.version_id))

    def _refusal(self, ref: ObjectRef) -> Failure | None:
        """Why the object can never be analysed, in the words in which its admission would say it.

        One that is too large is admitted all the same: S3 is asked which content it is, and people are to know of it.
        """
        refusal = refused_bucket(ref.bucket, self._settings.data_buckets)
        if refusal is None and ref.size is not None:
            refusal = refused_size(ref, ref.size)
        return None if refusal is not None and refusal.reason is Reason.TOO_LARGE else refusal

    async def _jobs_of(self, keys: Sequence[JobKey]) -> tuple[dict[str, dict[Analysis, Job]], set[str]]:
        """The jobs of these keys, by video and analysis, and the videos that have some which cannot be read."""
        jobs: dict[str, dict[Analysis, Job]] = defaultdict(dict)
        half_known: set[str] = set()
        unique = list(dict.fromkeys(keys))
        for start in range(0, len(unique), KEYS_AT_ONCE):
            found, unreadable = await self._jobs.get_readable(unique[start : start + KEYS_AT_ONCE])
            half_known |= {key.video_id for key in unreadable}
            for key, job in found.items():
                jobs[key.video_id][key.analysis] = job
        return jobs, half_known

    async def _rows_of(self, video_ids: Sequence[str]) -> tuple[dict[str, VideoStatus], set[str]]:
        """What is known of those videos as a whole, where anything is, and those of which that cannot be read."""
        rows: dict[str, VideoStatus] = {}
        unread: set[str] = set()
        for start in range(0, len(video_ids), KEYS_AT_ONCE):
            found, unreadable = await self._reviews.get_readable(video_ids[start : start + KEYS_AT_ONCE])
            rows |= found
            unread |= unreadable
        return rows, unread

    def _outcome(
        self, line: Line, found: Mapping[Analysis, Job], row: VideoStatus | None, needs: Collection[Analysis]
    ) -> Outcome | None:
        """How a line ends whose every analysis has succeeded before, with the settings of today. None also where a
        result has just come, and the verdict with it may not be there yet.
        """
        analyses = self._analyses(line)
        jobs = [found[analysis] for analysis in analyses if analysis in found]
        if len(jobs) < len(analyses) or not all(self._does_for(job, line) for job in jobs):
            return None
        if any(job.state is JobState.SETTLED for job in found.values()):
            return None
        verdict, status = (None, None) if row is None else (row.verdict, row.status)
        saying = said(verdict, found.values(), needs, status)
        asking, now_ms = replace(line, analyses=analyses), self._clock.now_ms()
        return conclude(asking, jobs, self._settings.prices, said=saying, now_ms=now_ms)

    def _does_for(self, job: Job, line: Line) -> bool:
        settings = self._start_settings.model_settings(job.analysis)
        return job.has_result and job.result.failure is None and answers(job, line, settings)

    def _analyses(self, line: Line) -> tuple[Analysis, ...]:
        return line.analyses or self._settings.analyses


def _refused(line: Line, refusal: Failure, now_ms: int) -> Outcome:
    return failed(line.id, line.ref, refusal.reason, refusal.message, now_ms=now_ms, context=line.context)
