"""A worker over a deployment in memory, with a Rekognition that answers as a test says: decisions in milliseconds."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from reelsift.aws.batches import Batches
from reelsift.aws.budgets import Budgets
from reelsift.aws.chunks import Chunks
from reelsift.aws.claims import Claims
from reelsift.aws.copy_upkeep import CopyUpkeeps
from reelsift.aws.decisions import Decisions
from reelsift.aws.deployment import Deployment
from reelsift.aws.draw_secret import DrawSecret
from reelsift.aws.errors import Unanswered
from reelsift.aws.event_bus import Event, EventBus
from reelsift.aws.forgotten import ForgottenVideos
from reelsift.aws.hold_switch import HoldSwitch
from reelsift.aws.jobs import Jobs
from reelsift.aws.known_rows import KnownRows
from reelsift.aws.labels import Labels
from reelsift.aws.lead_runs import LeadRuns
from reelsift.aws.model_versions import ModelVersions
from reelsift.aws.object_tags import ObjectTags
from reelsift.aws.objects import ObjectUnusable, Videos
from reelsift.aws.open_index import OpenIndex
from reelsift.aws.opinions import Opinions
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.people import People
from reelsift.aws.policy_versions import PolicyVersions
from reelsift.aws.queue import QUEUE_NAMES, Message, Queue, QueueName
from reelsift.aws.recorded_answers import AnswerUnusable, RecordedAnswers
from reelsift.aws.rejection_hours import RejectionHours
from reelsift.aws.rekognition import Rekognition, StartAnswer, Started
from reelsift.aws.review_items import ReviewItems
from reelsift.aws.reviewer_rows import ReviewerRows
from reelsift.aws.reviews import Reviews
from reelsift.aws.same_contents import SameContents
from reelsift.aws.schema import TABLES
from reelsift.aws.sealed_rows import SealedRows
from reelsift.aws.seals import Seals
from reelsift.aws.slots import Slots
from reelsift.aws.source_files import SourceFiles
from reelsift.aws.topics import Alerts
from reelsift.aws.untagged import Untagged
from reelsift.aws.untold import Untold
from reelsift.aws.verdict_days import VerdictDays
from reelsift.aws.waiters import Waiters
from reelsift.aws.walks import Walks
from reelsift.aws.workers import Workers
from reelsift.domain.alert import Alert
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job, JobKey
from reelsift.domain.line import Line, LineId
from reelsift.domain.outcome import Outcome
from reelsift.domain.policy import Policy
from reelsift.domain.video import ObjectRef, Video
from reelsift.jobs.admission import SlotHold
from reelsift.runtime.clock import Clock
from reelsift.runtime.timings import Timings
from reelsift.worker.composition import Parts, compose
from support.clocks import SetClock
from support.memory_s3 import MemoryS3
from support.memory_sealed import MemorySealed
from support.memory_stores import BUCKET, FixedQuota, MemoryMetrics, MemoryWork, settings
from support.memory_table import MemoryTable

POLICY = Policy.built_in()

MODERATION = Analysis.CONTENT_MODERATION

NO_WAITS = Timings(start_retry_s=0, slot_wait_s=0.02, room_wait_s=0.02)


def succeeded(confidence: float | None = None, *, tag: str | None = None) -> dict[str, Any]:
    """The page of an answer: two seconds of video, and one label where a confidence is given."""
    label = {"Name": "Explicit", "ParentName": "", "Confidence": confidence, "TaxonomyLevel": 1}
    return {
        "JobStatus": "SUCCEEDED",
        "JobTag": tag,
        "VideoMetadata": {"DurationMillis": 2000},
        "ModerationModelVersion": "7.0",
        "ModerationLabels": [] if confidence is None else [{"Timestamp": 500, "ModerationLabel": label}],
    }


def found_nothing(analysis: Analysis) -> dict[str, Any]:
    """The page of an answer of any analysis without a detection."""
    return {"JobStatus": "SUCCEEDED", "VideoMetadata": {"DurationMillis": 2000}, analysis.spec.rows: []}


class ScriptedRekognition(Rekognition):
    """Answers what it was told to, in order, and after that as if all went well. `starts` are the inputs it got."""

    def __init__(self) -> None:
        self.answers: deque[StartAnswer | Exception] = deque()
        self.pages: deque[dict[str, Any] | Exception] = deque()
        self.starts: list[str] = []
        self.asked: list[str] = []
        self.up = True

    async def start(self, analysis: Analysis, start_input: str) -> StartAnswer:
        assert analysis in Analysis
        self.starts.append(start_input)
        answer = self.answers.popleft() if self.answers else Started(f"job-{len(self.starts)}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def is_up(self, analysis: Analysis) -> bool:
        assert analysis is MODERATION
        return self.up

    async def page(self, analysis: Analysis, job_id: str, token: str | None = None) -> dict[str, Any]:
        assert token in {None, "2"}
        await asyncio.sleep(0)  # as a request does, it lets others have their turn
        self.asked.append(job_id)
        otherwise = succeeded() if analysis is MODERATION else found_nothing(analysis)
        page = self.pages.popleft() if self.pages else otherwise
        if isinstance(page, Exception):
            raise page
        return page


SEEN = frozenset({Reason.TOO_LARGE, Reason.EMPTY_OBJECT, Reason.ARCHIVED, Reason.KEY_NOT_ALLOWED})
"""Reasons for which an object is refused whose content HEAD has told."""


class MemoryVideos(Videos):
    """Every key of the bucket is a video of 1 MB, but for those in `failures`; S3 fails over those in `unanswered`."""

    def __init__(self) -> None:
        self.failures: dict[str, Failure] = {}
        self.unanswered: set[str] = set()
        self.up = True
        self.sha256: dict[str, str] = {}
        self.changed: set[str] = set()

    async def head(self, ref: ObjectRef, *, checksum: bool = False) -> Video:
        self._fail(ref.key)
        sha256 = self.sha256.get(ref.key) if checksum else None
        video = Video(ref.bucket, ref.key, f"etag of {ref.key}", size=1_000_000, sha256=sha256)
        if (failure := self.failures.get(ref.key)) is not None:
            raise ObjectUnusable(failure, video if failure.reason in SEEN else None)
        return video

    async def is_unchanged(self, video: Video) -> bool:
        self._fail(video.key)
        return video.key not in self.changed

    async def is_up(self, bucket: str) -> bool:
        assert bucket == BUCKET
        return self.up

    def _fail(self, key: str) -> None:
        if key in self.unanswered:
            raise Unanswered(f"HEAD of {key}: 500")


class MemoryRecordings(RecordedAnswers):
    """Recorded answers, by their URIs; S3 fails over those that are exceptions."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes | Exception] = {}

    async def objects(self, uri: str) -> AsyncGenerator[tuple[str, bytes], None]:
        names = [uri] if uri in self.kept else []
        if uri.endswith("/"):
            names = [name for name in self.kept if name.startswith(uri)]
        elif not names:
            raise AnswerUnusable.because(f"there is no recorded answer at {uri}")
        for name in names:
            data = self.kept[name]
            if isinstance(data, Exception):
                raise data
            yield name, data


class SentMessages(Queue):
    """A queue: what waits in it, what was sent with which delay, deleted and hidden."""

    def __init__(self, name: QueueName) -> None:
        self.url = name
        self.waiting: deque[Message] = deque()
        self.sent: list[tuple[str, int]] = []
        self.deleted: list[str] = []
        self.hidden: list[tuple[str, int]] = []
        self.receives = 0
        self.failure: Exception | None = None

    def put(self, body: str, *, receives: int = 1) -> None:
        """A message that the next receive brings."""
        number = len(self.waiting) + len(self.deleted)
        self.waiting.append(Message(f"m{number}", body, f"r{number}", sent_ms=1, receives=receives, attributes={}))

    async def receive(self, limit: int, *, wait_s: int, visibility_s: int) -> list[Message]:
        assert (wait_s >= 0, visibility_s > 0) == (True, True)
        self.receives += 1
        if self.failure is not None:
            raise self.failure
        return [self.waiting.popleft() for _ in range(min(limit, len(self.waiting)))]

    async def delete(self, receipts: Sequence[str]) -> None:
        self.deleted += receipts

    async def send(self, bodies: Sequence[str], *, delay_s: int = 0, attributes: dict[str, str] | None = None) -> None:
        assert attributes is None or attributes
        self.sent += [(body, delay_s) for body in bodies]

    async def hide(self, receipts: Sequence[str], visibility_s: int) -> None:
        self.hidden += [(receipt, visibility_s) for receipt in receipts]

    async def depth(self) -> int:
        return len(self.waiting)


class SentAlerts(Alerts):
    def __init__(self) -> None:
        self.sent: list[Alert] = []
        self.failure: Exception | None = None

    async def publish(self, alert: Alert) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append(alert)


class RecordedBus(EventBus):
    """Takes every event and keeps it, but for those that `refused` says a code for, and none while `down`."""

    def __init__(self) -> None:
        self.name = "bus"
        self.taken: list[Event] = []
        self.down = False
        self.refused: Callable[[Event], str | None] = lambda _: None

    async def put(self, events: Sequence[Event]) -> list[tuple[Event, str]]:
        await asyncio.sleep(0)
        if self.down:
            return [(event, "ConnectTimeoutError") for event in events]
        codes = [(event, self.refused(event)) for event in events]
        self.taken += [event for event, code in codes if code is None]
        return [(event, code) for event, code in codes if code is not None]

    def heard(self) -> list[tuple[int, str]]:
        """Revision and status of what was taken, in its order."""
        return [(detail["revision"], detail["status"]) for detail in self.details()]

    def details(self) -> list[dict[str, Any]]:
        return [json.loads(event.detail) for event in self.taken]


class ObservedMetrics(MemoryMetrics):
    def gauge(self, name: str, value: float, **dimensions: str) -> None:
        self.counted[name, *dimensions.values()] = int(value)

    def observe(self, name: str, value: float, **dimensions: str) -> None:
        assert value >= 0
        self.counted[name, *dimensions.values()] += 1


class MemoryWorker:
    """A worker whose parts a test calls one by one, with all that it sees at hand."""

    def __init__(
        self,
        *,
        quota: int = 4,
        timings: Timings = NO_WAITS,
        clock: Clock | None = None,
        policy: Policy = POLICY,
        bus: EventBus | None = None,
        **options: Any,
    ) -> None:
        """`options` are settings, and `bus` takes the events. With a `clock` of the test's own, `self.clock` moves
        nothing.
        """
        self.clock = SetClock(tick_s=0.001)
        self.quota = FixedQuota(quota)
        self._clock = clock or self.clock
        self.stop = asyncio.Event()
        self.rekognition = ScriptedRekognition()
        self.videos = MemoryVideos()
        self.s3 = MemoryS3()
        self.recorded = MemoryRecordings()
        self.queues = {name: SentMessages(name) for name in QUEUE_NAMES}
        self.dead = {name: SentMessages(name) for name in QUEUE_NAMES}
        self.alerts = SentAlerts()
        self.work = MemoryWork()
        self.sealed = MemorySealed(self.work)
        self.metrics = ObservedMetrics()
        self.tables = {name: MemoryTable(name) for name in TABLES}
        self.settings = settings(start_rate=1_000_000, get_rate=1_000_000, receive_wait_s=0, **options)
        tables, index = self.tables, OpenIndex(self.tables["batches"])
        batches = Batches(tables["batches"], index)
        chunks = Chunks(tables["batches"], index, batches)
        self.deployment = Deployment(
            settings=self.settings,
            clients=cast("Any", None),
            jobs=Jobs(tables["jobs"]),
            claims=Claims(tables["jobs"]),
            slots=Slots(tables["slots"]),
            batches=batches,
            chunks=chunks,
            walks=Walks(tables["batches"], index),
            source_files=SourceFiles(tables["batches"], index),
            budgets=Budgets(tables["batches"]),
            workers=Workers(tables["batches"]),
            model_versions=ModelVersions(tables["batches"]),
            rejection_hours=RejectionHours(tables["batches"]),
            verdict_days=VerdictDays(tables["batches"]),
            hold_switch=HoldSwitch(tables["batches"]),
            policy_versions=PolicyVersions(tables["batches"], self.work),
            outcomes=Outcomes(tables["outcomes"], batches, chunks, self.metrics),
            waiters=Waiters(tables["outcomes"]),
            labels=Labels(tables["labels"], with_words=self.settings.text_index),
            review_items=ReviewItems(tables["reviews"]),
            draw_secret=DrawSecret(tables["secrets"]),
            seals=Seals(tables["reviews"]),
            known_rows=KnownRows(jobs=tables["jobs"], labels=tables["labels"], reviews=tables["reviews"]),
            sealed_rows=SealedRows(tables["sealed"]),
            sealed_objects=self.sealed,
            untold=Untold(tables["reviews"]),
            decisions=Decisions(tables["reviews"]),
            opinions=Opinions(tables["reviews"]),
            people=People(tables["people"]),
            reviewer_rows=ReviewerRows(tables["reviewers"]),
            lead_runs=LeadRuns(tables["reviewers"]),
            same_contents=SameContents(tables["reviews"]),
            reviews=Reviews(
                tables["reviews"],
                with_events=bus is not None,
                with_tags=self.settings.tag_objects,
            ),
            untagged=Untagged(tables["reviews"], SealedRows(tables["sealed"])) if self.settings.tag_objects else None,
            object_tags=ObjectTags(cast("Any", self.s3)),
            protection=None,
            caller=cast("Any", None),
            forgotten=ForgottenVideos(tables["batches"], index),
            copy_upkeeps=CopyUpkeeps(tables["batches"]),
            decision_archive=None,
            queues=dict(self.queues),
            dead=dict(self.dead),
            videos=self.videos,
            media_links=cast("Any", None),
            own_videos=cast("Any", None),
            recorded_answers=self.recorded,
            work=self.work,
            rekognition=self.rekognition,
            alerts=self.alerts,
            announcements=cast("Any", None),
            outbox=None,
            event_bus=bus,
            metrics=self.metrics,
            quota=self.quota,
        )
        self.timings = timings
        self.policy = policy
        self.parts = self.another()
        self.jobs = self.parts.jobs

    def another(self, owner: str = "me") -> Parts:
        """The parts of another worker of the same deployment."""
        return compose(self.deployment, self.policy, owner, self.stop, self.timings, self._clock)

    def line(self, key: str = "a.mp4", **members: Any) -> Line:
        plain = Line(LineId("batch", key, 0), ObjectRef(BUCKET, key), submitted_ms=self.clock.now_ms())
        return replace(plain, **members)

    async def admit(self, line: Line | None = None) -> None:
        """Admit a line as the intake does: with a slot, if there is one."""
        slots = await self.jobs.pool.take_now(1)
        hold = SlotHold(slots[0] if slots else None)
        try:
            await self.jobs.admissions.admit(line or self.line(), hold)
        finally:
            left = hold.take()
            if left is not None:
                self.jobs.pool.put_back(left)

    async def job(self, key: str = "a.mp4", analysis: Analysis = MODERATION) -> Job:
        video = Video(BUCKET, key, f"etag of {key}")
        job = await self.deployment.jobs.get(JobKey(video.video_id, analysis))
        assert job is not None
        return job

    async def outcome(self, key: str = "a.mp4") -> Outcome | None:
        return await self.deployment.outcomes.get(LineId("batch", key, 0))

    async def waiting(self) -> list[str]:
        """The lines that wait for the job."""
        return [waiter.line.id.line for waiter in await self.deployment.waiters.of_job((await self.job()).key, 10)]

    async def slots_held(self) -> list[int]:
        return [slot.number for slot in await self.deployment.slots.all() if slot.holder is not None]

    def complete(self, job: Job, **members: Any) -> None:
        """A completion of a job's current attempt arrives."""
        tag = f"{self.settings.deployment}:{job.key.video_id}:{job.analysis}:{job.attempt}"
        body = {
            "JobId": job.start.job_id or "job-1",
            "Status": "SUCCEEDED",
            "API": job.analysis.spec.start,
            "JobTag": tag,
            "Timestamp": self.clock.now_ms(),
            "Video": {"S3ObjectName": job.video.key, "S3Bucket": job.video.bucket},
        }
        self.queues["completion"].put(json.dumps(body | members))

    async def receive(self) -> None:
        """One receive of the intake, and all that it brings to its end."""
        await self.parts.intake.step()
        await self.parts.intake.drain()

    async def receive_completions(self) -> None:
        await self.parts.completions.step()
        await self.parts.completions.drain()

    async def reconcile(self, after_s: float = 0) -> None:
        """Take up what is due, so many seconds later."""
        self.clock.move(after_s)
        await self.jobs.reconciler.step()
        await self.jobs.reconciler.drain()


GONE = Failure(Reason.OBJECT_MISSING, "there is no such object")
