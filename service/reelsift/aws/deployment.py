"""Everything one deployment has in AWS, opened by its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from reelsift.aws.batches import Batches
from reelsift.aws.budgets import Budgets
from reelsift.aws.caller import Caller
from reelsift.aws.chunks import Chunks
from reelsift.aws.claims import Claims
from reelsift.aws.clients import Clients
from reelsift.aws.copy_upkeep import CopyUpkeeps
from reelsift.aws.decision_archive import DecisionArchive
from reelsift.aws.decisions import Decisions
from reelsift.aws.draw_secret import DrawSecret
from reelsift.aws.event_bus import EventBus
from reelsift.aws.forgotten import ForgottenVideos
from reelsift.aws.hold_switch import HoldSwitch
from reelsift.aws.jobs import Jobs
from reelsift.aws.known_rows import KnownRows
from reelsift.aws.labels import Labels
from reelsift.aws.lead_runs import LeadRuns
from reelsift.aws.mail import Outbox
from reelsift.aws.media_links import MediaLinks
from reelsift.aws.metrics import Metrics
from reelsift.aws.model_versions import ModelVersions
from reelsift.aws.object_tags import ObjectTags
from reelsift.aws.objects import Videos, WorkBucket
from reelsift.aws.open_index import OpenIndex
from reelsift.aws.opinions import Opinions
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.own_videos import OwnVideos
from reelsift.aws.people import People
from reelsift.aws.policy_versions import PolicyVersions
from reelsift.aws.protection import VideoProtection
from reelsift.aws.queue import QUEUE_NAMES, Queue, QueueName, line_queue, open_queues
from reelsift.aws.quota import Quota
from reelsift.aws.recorded_answers import RecordedAnswers
from reelsift.aws.rejection_hours import RejectionHours
from reelsift.aws.rekognition import Rekognition
from reelsift.aws.review_items import ReviewItems
from reelsift.aws.reviewer_rows import ReviewerRows
from reelsift.aws.reviews import Reviews
from reelsift.aws.same_contents import SameContents
from reelsift.aws.sealed_objects import SealedObjects
from reelsift.aws.sealed_rows import SealedRows
from reelsift.aws.seals import Seals
from reelsift.aws.slots import Slots
from reelsift.aws.source_files import SourceFiles
from reelsift.aws.table import Table
from reelsift.aws.topics import Alerts, Announcements
from reelsift.aws.untagged import Untagged
from reelsift.aws.untold import Untold
from reelsift.aws.verdict_days import VerdictDays
from reelsift.aws.waiters import Waiters
from reelsift.aws.walks import Walks
from reelsift.aws.workers import Workers
from reelsift.domain.job import StartSettings
from reelsift.settings import TABLE_NAMES, Settings


@dataclass(frozen=True, slots=True)
class Deployment:
    """The resources of one deployment, and the settings they were opened by."""

    settings: Settings
    clients: Clients
    jobs: Jobs
    claims: Claims
    slots: Slots
    batches: Batches
    chunks: Chunks
    walks: Walks
    source_files: SourceFiles
    budgets: Budgets
    workers: Workers
    model_versions: ModelVersions
    rejection_hours: RejectionHours
    verdict_days: VerdictDays
    hold_switch: HoldSwitch
    policy_versions: PolicyVersions
    outcomes: Outcomes
    waiters: Waiters
    labels: Labels
    reviews: Reviews
    forgotten: ForgottenVideos
    copy_upkeeps: CopyUpkeeps
    review_items: ReviewItems
    draw_secret: DrawSecret
    decision_archive: DecisionArchive | None
    """None where decisions are exported nowhere."""
    seals: Seals
    known_rows: KnownRows
    sealed_rows: SealedRows
    sealed_objects: SealedObjects | None
    """None where it is not said where sealed videos are kept."""
    untold: Untold
    decisions: Decisions
    opinions: Opinions
    people: People
    reviewer_rows: ReviewerRows
    lead_runs: LeadRuns
    same_contents: SameContents
    untagged: Untagged | None
    """None where objects are not tagged."""
    object_tags: ObjectTags
    protection: VideoProtection | None
    """None where there is no bucket for sealed videos."""
    caller: Caller
    queues: dict[QueueName, Queue]
    dead: dict[QueueName, Queue]
    videos: Videos
    media_links: MediaLinks
    own_videos: OwnVideos
    recorded_answers: RecordedAnswers
    work: WorkBucket
    rekognition: Rekognition
    alerts: Alerts
    announcements: Announcements
    outbox: Outbox | None
    """None where nobody is to get mail."""
    event_bus: EventBus | None
    """None where nobody is to hear of videos' statuses."""
    metrics: Metrics
    quota: Quota

    @property
    def start_settings(self) -> StartSettings:
        return StartSettings(
            deployment=self.settings.deployment,
            topic_arn=self.settings.completions_topic_arn,
            role_arn=self.settings.rekognition_role_arn,
            options=self.settings.options,
        )

    def intake_for(self, *, priority: bool) -> Queue:
        """The queue that lines of this priority wait in."""
        return self.queues[line_queue(priority=priority)]


@asynccontextmanager
async def open_deployment(settings: Settings) -> AsyncIterator[Deployment]:
    """Open the clients and find the queues. Raises NoSuchQueue."""
    async with Clients(settings.home_region) as clients:
        metrics = Metrics(clients.cloudwatch, settings.metrics_namespace, settings.deployment)
        tables = {name: Table(clients.dynamodb, settings.table_name(name)) for name in TABLE_NAMES}
        open_index = OpenIndex(tables["batches"])
        batches = Batches(tables["batches"], open_index)
        chunks = Chunks(tables["batches"], open_index, batches)
        work = WorkBucket(clients.s3, settings.work_bucket)
        queues, dead = await _queues(clients, settings)
        yield Deployment(
            settings=settings,
            clients=clients,
            jobs=Jobs(tables["jobs"]),
            claims=Claims(tables["jobs"]),
            slots=Slots(tables["slots"]),
            batches=batches,
            chunks=chunks,
            walks=Walks(tables["batches"], open_index),
            source_files=SourceFiles(tables["batches"], open_index),
            budgets=Budgets(tables["batches"]),
            workers=Workers(tables["batches"]),
            model_versions=ModelVersions(tables["batches"]),
            rejection_hours=RejectionHours(tables["batches"]),
            verdict_days=VerdictDays(tables["batches"]),
            hold_switch=HoldSwitch(tables["batches"]),
            policy_versions=PolicyVersions(tables["batches"], work),
            outcomes=Outcomes(tables["outcomes"], batches, chunks, metrics),
            waiters=Waiters(tables["outcomes"]),
            labels=Labels(tables["labels"], with_words=settings.text_index),
            forgotten=ForgottenVideos(tables["batches"], open_index),
            copy_upkeeps=CopyUpkeeps(tables["batches"]),
            review_items=ReviewItems(tables["reviews"]),
            draw_secret=DrawSecret(tables["secrets"]),
            decision_archive=_decision_archive(clients, settings, tables["batches"]),
            seals=Seals(tables["reviews"]),
            known_rows=KnownRows(jobs=tables["jobs"], labels=tables["labels"], reviews=tables["reviews"]),
            sealed_rows=SealedRows(tables["sealed"]),
            sealed_objects=_sealed_objects(clients, settings),
            untold=Untold(tables["reviews"]),
            decisions=Decisions(tables["reviews"]),
            opinions=Opinions(tables["reviews"]),
            people=People(tables["people"]),
            reviewer_rows=ReviewerRows(tables["reviewers"]),
            lead_runs=LeadRuns(tables["reviewers"]),
            same_contents=SameContents(tables["reviews"]),
            reviews=Reviews(
                tables["reviews"], with_events=settings.event_bus is not None, with_tags=settings.tag_objects
            ),
            untagged=Untagged(tables["reviews"], SealedRows(tables["sealed"])) if settings.tag_objects else None,
            object_tags=ObjectTags(clients.s3),
            protection=_protection(clients, settings, tables["sealed"]),
            caller=Caller(clients),
            queues=queues,
            dead=dead,
            videos=Videos(
                clients.s3, settings.data_buckets, settings.data_bucket_kms_key_arns, settings.context_metadata
            ),
            media_links=MediaLinks(clients),
            own_videos=OwnVideos(clients.s3),
            recorded_answers=RecordedAnswers(clients.s3, settings.data_buckets),
            work=work,
            rekognition=Rekognition(clients.rekognition_start, clients.rekognition),
            alerts=Alerts(clients.sns, settings.alerts_topic_arn),
            announcements=Announcements(clients.sns, settings.batches_topic_arn),
            outbox=_outbox(clients, settings, tables["outcomes"]),
            event_bus=await _event_bus(clients, settings),
            metrics=metrics,
            quota=Quota(clients.quotas, settings.quota, settings.quota_refresh_s),
        )


def _decision_archive(clients: Clients, settings: Settings, table: Table) -> DecisionArchive | None:
    if settings.decision_archive is None:
        return None
    return DecisionArchive(clients.s3, settings.decision_archive, table)


def _protection(clients: Clients, settings: Settings, table: Table) -> VideoProtection | None:
    if settings.sealed_bucket is None:
        return None
    return VideoProtection(clients.s3, table, settings.sealed_bucket, copies=settings.seal_copies)


def _sealed_objects(clients: Clients, settings: Settings) -> SealedObjects | None:
    if settings.sealed_bucket is None:
        return None
    return SealedObjects(clients.s3, settings.sealed_bucket, WorkBucket(clients.s3, settings.work_bucket))


def _outbox(clients: Clients, settings: Settings, table: Table) -> Outbox | None:
    if settings.mail_topic_arn is None:
        return None
    return Outbox(table, clients.sns, settings.mail_topic_arn)


async def _event_bus(clients: Clients, settings: Settings) -> EventBus | None:
    if settings.event_bus is None:
        return None
    return EventBus(await clients.open("events"), settings.event_bus)


async def _queues(clients: Clients, settings: Settings) -> tuple[dict[QueueName, Queue], dict[QueueName, Queue]]:
    """The queues, and those of their dead letters."""
    names = [settings.queue_name(name) for name in QUEUE_NAMES]
    found = await open_queues(clients.sqs, [*names, *(f"{name}-dead" for name in names)])
    return dict(zip(QUEUE_NAMES, found, strict=False)), dict(zip(QUEUE_NAMES, found[len(names) :], strict=True))
