"""Lines of `reelsift import`: a recorded answer becomes the result of its video, and nothing is started or paid."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace

import structlog

from reelsift.aws.jobs import Jobs
from reelsift.aws.objects import AnswerWriter, ObjectUnusable, Videos, WorkBucket
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.recorded_answers import AnswerUnusable, RecordedAnswers
from reelsift.aws.table import TransactionRefused
from reelsift.aws.untagged import Untagged
from reelsift.aws.waiters import Waiters
from reelsift.domain import transitions
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer, MismatchedPagesError, UnrecognisedAnswerError, why_unfinished
from reelsift.domain.batch import ImportTerms
from reelsift.domain.detections import MalformedAnswerError
from reelsift.domain.job import Asked, Job, JobKey, JobState, StartSettings, answers
from reelsift.domain.line import Line, RecordedAnswer, with_context_of
from reelsift.domain.outcome import failed, sealed, skipped
from reelsift.domain.video import Video
from reelsift.jobs.batch_gate import BatchGate, LineMustWait, NotPermitted
from reelsift.jobs.collector import Collector
from reelsift.jobs.seal_check import SealCheck
from reelsift.jobs.verdicts import Verdicts
from reelsift.jobs.waiting_lines import MOST_CONTENT_CHANGES, WaitingLines
from reelsift.jobs.whole_answers import pages_let_go
from reelsift.manifests.saved_pages import Page, UnreadablePages, read_pages
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings
from reelsift.threads import in_thread

SETTINGS_UNKNOWN = '{"settings": "unknown"}'
"""The model settings of an answer that nobody vouches for: no deployment has such ones, so it answers no line."""

_STOPPED = "the batch was cancelled before this answer was brought in"

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Incoming:
    """An answer while its pages are read, for a job as it was met, and where the pages are kept."""

    answer: Answer
    was: Job | None
    raw_key: str


class Imports:
    """Brings recorded answers in. A line that is delivered twice brings its answer in once."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        videos: Videos,
        untagged: Untagged | None,
        recorded_answers: RecordedAnswers,
        work: WorkBucket,
        outcomes: Outcomes,
        waiters: Waiters,
        lines: WaitingLines,
        verdicts: Verdicts,
        seal_check: SealCheck,
        collector: Collector,
        batch_gate: BatchGate,
        whole_answers: asyncio.Semaphore,
        settings: Settings,
        start_settings: StartSettings,
        timings: Timings,
        clock: Clock,
    ) -> None:
        """`whole_answers` are the places in which answers are read, as for the Collector."""
        self._jobs = jobs
        self._videos = videos
        self._untagged = untagged
        self._recorded_answers = recorded_answers
        self._work = work
        self._outcomes = outcomes
        self._waiters = waiters
        self._lines = lines
        self._verdicts = verdicts
        self._seal_check = seal_check
        self._collector = collector
        self._batch_gate = batch_gate
        self._whole_answers = whole_answers
        self._settings = settings
        self._start_settings = start_settings
        self._timings = timings
        self._clock = clock

    async def admit(self, line: Line) -> None:
        """Bring in the answer of a line, which ends with it. Raises LineMustWait, LineDropped and Unanswered."""
        assert line.answer is not None  # noqa: S101 - the caller has asked
        try:
            collecting = await self._collecting(line)
        except (ObjectUnusable, AnswerUnusable) as refusal:
            failure = refusal.failure
            _log.info("import_refused", reason=failure.reason, message=failure.message)
            now = self._clock.now_ms()
            outcome = failed(line.id, line.ref, failure.reason, failure.message, now_ms=now, context=line.context)
            await self._outcomes.record([outcome])
        except NotPermitted as refusal:
            now = self._clock.now_ms()
            outcome = skipped(line.id, line.ref, refusal.reason, _STOPPED, now_ms=now, context=line.context)
            await self._outcomes.record([outcome])
        else:
            if collecting is not None:
                _log.info("imported", uri=line.answer.uri, analysis=collecting.analysis)
                await self._collector.collect(collecting)

    async def _collecting(self, line: Line) -> Job | None:
        """The job as it waits to be collected, its answer kept; None where it has a result that stays, where another
        worker was first, and where the video is sealed: then the line has ended.
        """
        assert line.answer is not None  # noqa: S101 - as above
        batch = await self._batch_gate.batch(line.id.batch_id)
        if batch is None or batch.imports is None:
            raise AnswerUnusable.because("only the lines of `reelsift import` bring answers in")
        video = await self._video(line, batch.imports)
        if await self._seal_check.is_sealed(video.video_id):
            await self._outcomes.record([sealed(line, now_ms=self._clock.now_ms())])
            return None
        if self._untagged is not None:
            await self._untagged.named(video)
        answer, line = line.answer, with_context_of(line, video)
        async with self._whole_answers:
            with pages_let_go():
                incoming = await self._read(line, video)
        if incoming is None:
            return None
        now = self._clock.now_ms()
        settings = self._start_settings.model_settings(incoming.answer.analysis)
        job = transitions.imported(
            incoming.was,
            Asked(line.id, settings if batch.imports.as_set else SETTINGS_UNKNOWN, line.submitted_ms, line.context),
            incoming.answer,
            video,
            uri=answer.uri,
            raw_key=incoming.raw_key,
            now_ms=now,
            due_at_ms=now + as_ms(self._settings.recheck_collecting_s),
        )
        # What changes under it is not followed: the answer is not that of the new content.
        waiting = replace(line, analyses=(job.analysis,), content_changes=MOST_CONTENT_CHANGES, answer=None)
        parts = {"job": self._jobs.put_item(job, incoming.was), "waiter": self._waiters.add_item(job.key, waiting)}
        try:
            await self._jobs.table.transact(parts)
        except TransactionRefused as refusal:
            if "job" in refusal.parts:
                raise LineMustWait from None
            return None
        return job

    async def _video(self, line: Line, terms: ImportTerms) -> Video:
        """The content that the answer is about. Raises ObjectUnusable, AnswerUnusable and Unanswered."""
        ref = line.ref
        if ref.etag is None and ref.version_id is None and not terms.unchanged:
            raise AnswerUnusable.because(
                "the row names neither the ETag nor the version that was analysed, and the importer has not said that"
                " the object is unchanged"
            )
        video = await self._videos.head(ref)
        if ref.etag is not None and video.etag != ref.etag:
            raise AnswerUnusable.because(
                f"{ref.uri} holds other content now: its ETag is {video.etag}, the answer is about {ref.etag}"
            )
        return video

    async def _read(self, line: Line, video: Video) -> _Incoming | None:
        """Read the answer, and keep it. None where a result is there that stays: the line has ended with it."""
        assert line.answer is not None  # noqa: S101 - as above
        uri, wanted = line.answer.uri, line.answer.analysis
        incoming: _Incoming | None = None
        writer: AnswerWriter | None = None
        if wanted is not None:
            # Known before anything is read: a list that is imported again costs no more than asking.
            incoming = await self._begin(line, video, wanted)
            if incoming is None:
                return None
        # What goes wrong in between leaves nothing behind of what was to be kept.
        async with AsyncExitStack() as kept, aclosing(self._pages(line.answer)) as pages:
            async for name, page, analysis in pages:
                incoming = incoming or await self._begin(line, video, analysis)
                if incoming is None:
                    return None
                if analysis is not incoming.answer.analysis:
                    raise AnswerUnusable.because(
                        f"{uri} holds answers of several analyses: write a row for each, with its `analysis`"
                    )
                if writer is None:
                    writer = await kept.enter_async_context(self._work.answer_writer(incoming.raw_key))
                await _add(incoming.answer, name, page)
                await writer.write(page)
                # It may hold all rows of the answer: it goes before the next is read.
                del page
            if incoming is None or writer is None:
                raise AnswerUnusable.because(f"{uri} holds no answer" + (f" of {wanted}" if wanted else ""))
            _refuse_foreign(incoming.answer, uri, video)
        return incoming

    async def _pages(self, answer: RecordedAnswer) -> AsyncGenerator[tuple[str, Page, Analysis], None]:
        """The pages that are meant, each with the name to call it by, and its analysis. Raises AnswerUnusable."""
        rows = [analysis.spec.rows for analysis in Analysis]
        async with aclosing(self._recorded_answers.objects(answer.uri)) as objects:
            async for uri, data in objects:
                try:
                    # To parse megabytes takes a while, in which other messages would wait.
                    pages = await in_thread(read_pages, data, rows)
                except UnreadablePages as error:
                    raise AnswerUnusable.because(f"{_named(uri, error.element)}: {error}") from None
                for element, page in pages:
                    name, analysis = _named(uri, element), _analysis(_named(uri, element), page)
                    if answer.analysis in {None, analysis}:
                        yield name, page, analysis
                    del page
                del pages, data

    async def _begin(self, line: Line, video: Video, analysis: Analysis) -> _Incoming | None:
        was = await self._jobs.get(JobKey(video.video_id, analysis))
        if was is not None:
            if not was.has_result:
                # What runs is paid already, and will be newer.
                raise LineMustWait(self._timings.started_line_s)
            if was.result.failure is None and answers(was, line, was.asked.model_settings):
                said = (await self._verdicts.conclude(was)).said
                await self._lines.end([replace(line, analyses=(analysis,), answer=None)], was, said)
                return None
            if was.state is not JobState.CLOSED:
                raise LineMustWait
        # Only now: what the line has brought in already goes on, whatever has become of its batch.
        await self._batch_gate.check(line)
        attempt = was.attempt + 1 if was else 1
        # A name of its own: an analysis that is started meanwhile keeps its answer as the same attempt.
        raw_key = f"raw/{video.video_id}/{analysis}/{attempt}-{uuid.uuid4().hex[:8]}.json.gz"
        kept_from = analysis.spec.kept_from(self._start_settings.model_settings(analysis))
        return _Incoming(Answer(analysis, kept_from), was, raw_key)


def _named(uri: str, element: int | None) -> str:
    return uri if element is None else f"{uri}, element {element}"


def _analysis(name: str, page: Page) -> Analysis:
    """Which analysis a page answers."""
    if (why := why_unfinished(page)) is not None:
        raise AnswerUnusable.because(f"{name}: {why}")
    try:
        return Answer.recognise(page)
    except UnrecognisedAnswerError as error:
        raise AnswerUnusable.because(f"{name}: {error}") from None


async def _add(answer: Answer, name: str, page: Page) -> None:
    try:
        # A page that others have put together may hold all rows of its answer.
        await in_thread(answer.add, page)
    except (MismatchedPagesError, MalformedAnswerError) as error:
        raise AnswerUnusable.because(f"{name}: {error}") from None


def _refuse_foreign(answer: Answer, uri: str, video: Video) -> None:
    """Refuse an answer that is not whole, or says that it is about another object."""
    if answer.truncated:
        raise AnswerUnusable.because(f"{uri} is cut short: its last page is missing (each has a NextToken)")
    named = answer.video
    if named is None:
        return
    other = (named.bucket, named.key) != (video.bucket, video.key)
    if other or (named.version_id and video.version_id and named.version_id != video.version_id):
        version = f" version {named.version_id}" if named.version_id else ""
        raise AnswerUnusable.because(f"{uri} is the answer about {named.uri}{version}")
