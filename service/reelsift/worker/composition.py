"""How a worker is put together: which part gets which store. Nothing else knows the whole deployment."""

import asyncio
from dataclasses import dataclass
from functools import partial

from reelsift.archive.compaction import CopyKeeper
from reelsift.archive.fresh import FreshAnswers
from reelsift.aws.deployment import Deployment
from reelsift.aws.untagged import Untagged
from reelsift.batches.direct_days import DirectDays
from reelsift.batches.paid_videos import read_paid_videos
from reelsift.batches.send.expander import Expander
from reelsift.batches.watch import BatchWatch
from reelsift.domain.event import Origin
from reelsift.domain.policy import Policy
from reelsift.events.tag_notes import TagNotes
from reelsift.events.tagger import Tagger
from reelsift.events.teller import StatusTeller
from reelsift.inventories.delivery import InventoryDeliveries
from reelsift.inventories.reader import InventoryReader
from reelsift.jobs.admission import Admissions
from reelsift.jobs.alerts.mailing import Mailing
from reelsift.jobs.alerts.publisher import AlertPublisher
from reelsift.jobs.attempts import Attempts
from reelsift.jobs.batch_gate import BatchGate
from reelsift.jobs.closer import Closer
from reelsift.jobs.collector import Collector
from reelsift.jobs.denials import Denials
from reelsift.jobs.finished import FinishedLog, FinishedMetrics
from reelsift.jobs.giving_up import GivingUp
from reelsift.jobs.imports import Imports
from reelsift.jobs.reconciler import Reconciler
from reelsift.jobs.reservations import Reservations
from reelsift.jobs.seal_check import SealCheck
from reelsift.jobs.sealing import SealedPlace, Sealing
from reelsift.jobs.settler import Settler
from reelsift.jobs.sharing import Sharing
from reelsift.jobs.slot_pool import SlotPool
from reelsift.jobs.starter import Starter
from reelsift.jobs.status_poller import StatusPoller
from reelsift.jobs.troubles import Troubles
from reelsift.jobs.verdicts import Verdicts
from reelsift.jobs.waiting_lines import WaitingLines
from reelsift.jobs.whole_answers import WHOLE_ANSWERS
from reelsift.messages.completion import Completions
from reelsift.messages.dead_letters import DeadLetters, DeadLetterSweep
from reelsift.messages.intake import Intake
from reelsift.policies import source_of_policy
from reelsift.policy_versions.seeding import Seeding
from reelsift.queries.demand import measure
from reelsift.queries.reviewing import count_past_due
from reelsift.reviews.archiving import Archiving
from reelsift.reviews.claim_watch import ClaimWatch
from reelsift.reviews.desk import worker_items
from reelsift.reviews.items import Items
from reelsift.reviews.rejecting import rejections
from reelsift.reviews.second_opinions import SecondOpinions, second_opinions
from reelsift.reviews.statuses import Statuses
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.heartbeat import Heartbeat
from reelsift.runtime.holds import Holds
from reelsift.runtime.live_policy import LivePolicies
from reelsift.runtime.pace import Pace
from reelsift.runtime.timings import Timings
from reelsift.worker.batch_loops import (
    ReportingParts,
    batch_watch,
    chunk_expander,
    compose_reporting,
    direct_days,
    inventory_reader,
)
from reelsift.worker.gauges import Gauges
from reelsift.worker.past_due import PastDue
from reelsift.worker.reevaluation_loops import ReevaluationParts, compose_reevaluation
from reelsift.worker.verdict_mix import VerdictMix


@dataclass(frozen=True, slots=True)
class JobParts:
    """What takes a job from its admission to its end."""

    holds: Holds
    pool: SlotPool
    attempts: Attempts
    lines: WaitingLines
    admissions: Admissions
    starter: Starter
    status_poller: StatusPoller
    verdicts: Verdicts
    closer: Closer
    teller: StatusTeller
    items: Items
    giving_up: GivingUp
    fresh_answers: FreshAnswers
    reconciler: Reconciler


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a worker that its loops drive, or that end with it."""

    policies: LivePolicies
    jobs: JobParts
    heartbeat: Heartbeat
    active_batches: ActiveBatches
    intake: Intake
    completions: Completions
    inventories: InventoryReader
    expander: Expander
    watch: BatchWatch
    direct_days: DirectDays
    reporting: ReportingParts
    reevaluation: ReevaluationParts
    dead_letter_sweep: DeadLetterSweep
    claim_watch: ClaimWatch
    second_opinions: SecondOpinions
    sealing: Sealing
    past_due: PastDue
    copy_keeper: CopyKeeper
    gauges: Gauges
    verdict_mix: VerdictMix
    mailing: Mailing | None
    """None where nobody is to get mail."""
    archiving: Archiving | None
    """None where decisions are exported nowhere."""
    tagger: Tagger | None
    """None where objects are not tagged."""
    tag_notes: TagNotes | None
    """None where they are."""


def compose(
    deployment: Deployment, policy: Policy, owner: str, stop: asyncio.Event, timings: Timings, clock: Clock
) -> Parts:
    """Make the parts of one worker. `owner` is its name, `stop` is set when it is to end. `policy` is that of the
    settings: it holds where the deployment has none yet.
    """
    settings = deployment.settings
    faults = Faults(deployment.metrics)
    heartbeat = Heartbeat(settings.visibility_s, faults)
    active_batches = ActiveBatches(
        deployment.batches,
        every_s=min(timings.batches_poll_s, settings.reconcile_s),
        idle_s=settings.reconcile_s,
        clock=clock,
    )
    policies = _live_policies(deployment, policy, owner, timings, clock)
    jobs = compose_jobs(deployment, policies, owner, stop, timings, clock)
    dead_letters = DeadLetters(
        dead=deployment.dead, outcomes=deployment.outcomes, metrics=deployment.metrics, clock=clock
    )
    deliveries = InventoryDeliveries(
        batches=deployment.batches,
        outcomes=deployment.outcomes,
        work=deployment.work,
        settings=settings,
        clock=clock,
    )
    return Parts(
        policies=policies,
        jobs=jobs,
        heartbeat=heartbeat,
        active_batches=active_batches,
        intake=Intake(
            queues=deployment.queues,
            admissions=jobs.admissions,
            giving_up=jobs.giving_up,
            dead_letters=dead_letters,
            deliveries=deliveries,
            active_batches=active_batches,
            holds=jobs.holds,
            pool=jobs.pool,
            heartbeat=heartbeat,
            faults=faults,
            settings=settings,
            stop=stop,
            timings=timings,
            clock=clock,
        ),
        completions=Completions(
            queue=deployment.queues["completion"],
            jobs=deployment.jobs,
            status_poller=jobs.status_poller,
            giving_up=jobs.giving_up,
            dead_letters=dead_letters,
            heartbeat=heartbeat,
            faults=faults,
            settings=settings,
            stop=stop,
            timings=timings,
            clock=clock,
        ),
        inventories=inventory_reader(deployment, active_batches, stop, timings, clock),
        expander=chunk_expander(deployment, policies.needs, active_batches, jobs.holds, stop, timings, clock),
        watch=batch_watch(deployment, active_batches, timings, clock),
        direct_days=direct_days(deployment, active_batches, clock),
        reporting=compose_reporting(deployment, active_batches, stop, timings, clock),
        reevaluation=compose_reevaluation(
            deployment,
            policies=policies,
            items=jobs.items,
            teller=jobs.teller,
            holds=jobs.holds,
            active_batches=active_batches,
            stop=stop,
            timings=timings,
            clock=clock,
        ),
        dead_letter_sweep=DeadLetterSweep(
            dead=deployment.dead,
            dead_letters=dead_letters,
            giving_up=jobs.giving_up,
            faults=faults,
            timings=timings,
        ),
        gauges=Gauges(partial(measure, deployment), jobs.holds, jobs.teller.bus_rests, deployment.metrics),
        verdict_mix=VerdictMix(deployment.verdict_days, deployment.metrics, clock),
        claim_watch=ClaimWatch(
            review_items=deployment.review_items, faults=faults, still_s=timings.claim_still_s, clock=clock
        ),
        sealing=_sealing(deployment, jobs.items, stop, timings, clock),
        second_opinions=second_opinions(deployment, jobs.items, policies.handling, stop, clock),
        past_due=PastDue(partial(_past_due, deployment, clock), deployment.metrics),
        copy_keeper=CopyKeeper(
            work=deployment.work, upkeeps=deployment.copy_upkeeps, stop=stop, timings=timings, clock=clock
        ),
        mailing=_mailing(deployment, stop, timings, clock),
        archiving=_archiving(deployment, stop, timings, clock),
        tagger=_tagger(deployment, jobs.holds, stop, timings, clock),
        tag_notes=TagNotes(Untagged(deployment.reviews.table), clock) if deployment.untagged is None else None,
    )


def compose_jobs(
    deployment: Deployment, policies: LivePolicies, owner: str, stop: asyncio.Event, timings: Timings, clock: Clock
) -> JobParts:
    """Make what takes a job from its admission to its end."""
    settings, start_settings = deployment.settings, deployment.start_settings
    jobs, slots, outcomes, waiters = deployment.jobs, deployment.slots, deployment.outcomes, deployment.waiters
    metrics, work, queues = deployment.metrics, deployment.work, deployment.queues
    faults = Faults(metrics)
    holds = Holds(deployment.hold_switch, timings, clock)
    pool = SlotPool(slots, deployment.quota, owner, settings, timings, clock)
    attempts = Attempts(
        jobs=jobs,
        slots=slots,
        budgets=deployment.budgets,
        begun=queues["begun"],
        pool=pool,
        owner=owner,
        timings=timings,
        clock=clock,
    )
    verdicts = Verdicts(
        jobs=jobs,
        reviews=deployment.reviews,
        rejections=rejections(deployment, clock),
        work=work,
        policies=policies,
        verdict_days=deployment.verdict_days,
        metrics=metrics,
        settings=settings,
        clock=clock,
    )
    teller = StatusTeller(
        bus=deployment.event_bus,
        untold=deployment.untold,
        origin=Origin(settings.deployment, settings.home_region, settings.work_bucket),
        holds=holds,
        metrics=metrics,
        stop=stop,
        timings=timings,
        clock=clock,
    )
    lines = WaitingLines(
        jobs=jobs,
        outcomes=outcomes,
        waiters=waiters,
        verdicts=verdicts,
        queues=queues,
        prices=settings.prices,
        required=settings.required_analyses,
        faults=faults,
        clock=clock,
    )
    items = worker_items(deployment, policies.handling, clock)
    closer = Closer(
        jobs=jobs,
        verdicts=verdicts,
        teller=teller,
        attempts=attempts,
        lines=lines,
        items=items,
        sinks=[AlertPublisher(alerts=deployment.alerts, outbox=deployment.outbox, metrics=metrics, clock=clock)],
        closed_sinks=[FinishedMetrics(metrics, settings), FinishedLog()],
        faults=faults,
        settings=settings,
        clock=clock,
    )
    giving_up = GivingUp(jobs=jobs, closer=closer, settings=settings, timings=timings, clock=clock)
    troubles = Troubles(
        jobs=jobs,
        rekognition=deployment.rekognition,
        videos=deployment.videos,
        giving_up=giving_up,
        settings=settings,
        timings=timings,
        clock=clock,
    )
    fresh_answers = FreshAnswers(work=work, upkeeps=deployment.copy_upkeeps, clock=clock)
    settler = Settler(
        jobs=jobs,
        videos=deployment.videos,
        work=work,
        labels=deployment.labels,
        model_versions=deployment.model_versions,
        closer=closer,
        fresh_answers=fresh_answers,
        metrics=metrics,
        clock=clock,
    )
    sharing = Sharing(
        jobs=jobs, claims=deployment.claims, attempts=attempts, settings=settings, timings=timings, clock=clock
    )
    whole_answers, seal_check = asyncio.Semaphore(WHOLE_ANSWERS), SealCheck(deployment.reviews)
    collector = Collector(
        jobs=jobs,
        rekognition=deployment.rekognition,
        work=work,
        settler=settler,
        closer=closer,
        sharing=sharing,
        seal_check=seal_check,
        troubles=troubles,
        pace=Pace(settings.get_rate, timings, clock),
        whole_answers=whole_answers,
        metrics=metrics,
        settings=settings,
        clock=clock,
    )
    batch_gate = BatchGate(
        batches=deployment.batches, chunks=deployment.chunks, settings=settings, timings=timings, clock=clock
    )
    reservations = Reservations(
        budgets=deployment.budgets,
        batch_gate=batch_gate,
        pool=pool,
        paid_videos=partial(read_paid_videos, deployment.batches, deployment.chunks, settings.analyses),
        metrics=metrics,
        settings=settings,
        timings=timings,
        clock=clock,
    )
    denials = Denials(pool=pool, timings=timings, clock=clock)
    starter = Starter(
        jobs=jobs,
        rekognition=deployment.rekognition,
        attempts=attempts,
        closer=closer,
        troubles=troubles,
        denials=denials,
        holds=holds,
        pool=pool,
        pace=Pace(settings.start_rate, timings, clock),
        metrics=metrics,
        settings=settings,
        start_settings=start_settings,
        stop=stop,
        timings=timings,
        clock=clock,
    )
    status_poller = StatusPoller(
        jobs=jobs,
        collector=collector,
        attempts=attempts,
        closer=closer,
        reservations=reservations,
        troubles=troubles,
        metrics=metrics,
        settings=settings,
        timings=timings,
        clock=clock,
    )
    imports = Imports(
        jobs=jobs,
        videos=deployment.videos,
        untagged=deployment.untagged,
        recorded_answers=deployment.recorded_answers,
        work=work,
        outcomes=outcomes,
        waiters=waiters,
        lines=lines,
        verdicts=verdicts,
        seal_check=seal_check,
        collector=collector,
        batch_gate=batch_gate,
        whole_answers=whole_answers,
        settings=settings,
        start_settings=start_settings,
        timings=timings,
        clock=clock,
    )
    admissions = Admissions(
        videos=deployment.videos,
        untagged=deployment.untagged,
        jobs=jobs,
        slots=slots,
        outcomes=outcomes,
        waiters=waiters,
        starter=starter,
        denials=denials,
        closer=closer,
        attempts=attempts,
        lines=lines,
        verdicts=verdicts,
        statuses=Statuses(
            jobs=jobs, reviews=deployment.reviews, items=items, teller=teller, policies=policies, clock=clock
        ),
        seal_check=seal_check,
        batch_gate=batch_gate,
        reservations=reservations,
        sharing=sharing,
        same_contents=deployment.same_contents,
        troubles=troubles,
        imports=imports,
        holds=holds,
        pool=pool,
        settings=settings,
        start_settings=start_settings,
        owner=owner,
        timings=timings,
        clock=clock,
    )
    reconciler = Reconciler(
        jobs=jobs,
        slots=slots,
        attempts=attempts,
        starter=starter,
        status_poller=status_poller,
        collector=collector,
        closer=closer,
        sharing=sharing,
        giving_up=giving_up,
        pool=pool,
        metrics=metrics,
        faults=faults,
        settings=settings,
        stop=stop,
        timings=timings,
        clock=clock,
    )
    return JobParts(
        holds=holds,
        pool=pool,
        attempts=attempts,
        lines=lines,
        admissions=admissions,
        starter=starter,
        status_poller=status_poller,
        verdicts=verdicts,
        closer=closer,
        teller=teller,
        items=items,
        giving_up=giving_up,
        fresh_answers=fresh_answers,
        reconciler=reconciler,
    )


def _live_policies(deployment: Deployment, policy: Policy, owner: str, timings: Timings, clock: Clock) -> LivePolicies:
    seeding = Seeding(
        policy_versions=deployment.policy_versions,
        model_versions=deployment.model_versions,
        policy=policy,
        source=source_of_policy(deployment.settings),
        clock=clock,
    )
    return LivePolicies(
        policy_versions=deployment.policy_versions,
        found=seeding.found,
        worker=owner,
        options=deployment.settings.options,
        metrics=deployment.metrics,
        timings=timings,
        clock=clock,
    )


async def _past_due(deployment: Deployment, clock: Clock) -> int | None:
    return await count_past_due(deployment, now_ms=clock.now_ms())


def _tagger(deployment: Deployment, holds: Holds, stop: asyncio.Event, timings: Timings, clock: Clock) -> Tagger | None:
    settings = deployment.settings
    if deployment.untagged is None:
        return None
    return Tagger(
        untagged=deployment.untagged,
        object_tags=deployment.object_tags,
        origin=Origin(settings.deployment, settings.home_region, settings.work_bucket),
        bus=deployment.event_bus,
        holds=holds,
        metrics=deployment.metrics,
        faults=Faults(deployment.metrics),
        stop=stop,
        timings=timings,
        clock=clock,
    )


def _sealing(deployment: Deployment, items: Items, stop: asyncio.Event, timings: Timings, clock: Clock) -> Sealing:
    objects = deployment.sealed_objects
    return Sealing(
        seals=deployment.seals,
        place=None if objects is None else SealedPlace(deployment.sealed_rows, objects, deployment.protection),
        known_rows=deployment.known_rows,
        decisions=deployment.decisions,
        reviews=deployment.reviews,
        claims=deployment.claims,
        outcomes=deployment.outcomes,
        forgotten=deployment.forgotten,
        outbox=deployment.outbox,
        settle=items.settle,
        metrics=deployment.metrics,
        faults=Faults(deployment.metrics),
        stop=stop,
        timings=timings,
        clock=clock,
    )


def _mailing(deployment: Deployment, stop: asyncio.Event, timings: Timings, clock: Clock) -> Mailing | None:
    if deployment.outbox is None:
        return None
    return Mailing(
        outbox=deployment.outbox,
        metrics=deployment.metrics,
        faults=Faults(deployment.metrics),
        settings=deployment.settings,
        stop=stop,
        timings=timings,
        clock=clock,
    )


def _archiving(deployment: Deployment, stop: asyncio.Event, timings: Timings, clock: Clock) -> Archiving | None:
    if deployment.decision_archive is None:
        return None
    return Archiving(
        decisions=deployment.decisions,
        opinions=deployment.opinions,
        decision_archive=deployment.decision_archive,
        stop=stop,
        timings=timings,
        clock=clock,
    )
