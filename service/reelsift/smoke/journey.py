"""A clip's way through the deployed system, from upload to alert."""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of, message_of
from reelsift.domain.budget import micros
from reelsift.domain.cost import billed_ms, cost_micros
from reelsift.domain.job import JobKey, JobState
from reelsift.errors import NotADataBucket
from reelsift.manifests.messages import encode_line
from reelsift.runtime.clock import now_ms
from reelsift.smoke.clip import SECONDS, Clip, LeftClip
from reelsift.smoke.diagnosis import held_up, read_scene
from reelsift.smoke.hop import Cause, Hop, HopGrade, HopPending, HopReport
from reelsift.smoke.recipients import read_recipients, send_sample
from reelsift.smoke.sending import line_of
from reelsift.smoke.trail import Sighting, Trail
from reelsift.smoke.watch import Watch

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.domain.analysis import Analysis
    from reelsift.settings import Settings

POLL_S = 0.5
"""Between two sightings of the job."""

PENDING_S = 15.0
"""Between two reports of what is waited for."""

LIMITS_S = {
    Hop.START: 120.0,
    Hop.ANALYSIS: 300.0,
    Hop.NOTIFICATION: 60.0,
    Hop.RESULT: 120.0,
    Hop.OUTCOME: 60.0,
    Hop.ALERT: 60.0,
}
"""What a hop takes at most, a multiple of what it should. The queue has no limit of its own: a fleet at zero wakes."""

_FORBIDDEN = frozenset({"403", "AccessDenied", "AccessDeniedException", "AuthorizationError", "Forbidden"})


@dataclass(frozen=True, slots=True)
class SmokeOrder:
    """What is asked of a smoke test: the bucket that the clip goes into, and what it is analysed for.

    The hops may take `timeout_s` seconds in all. With `sample_alert` those who receive alerts get a test message, and
    with `keep` the clip stays in the bucket.
    """

    bucket: str
    analysis: "Analysis"
    timeout_s: float = 600
    sample_alert: bool = False
    keep: bool = False

    @classmethod
    def of(cls, settings: "Settings", bucket: str | None = None) -> Self:
        """The order for a deployment, by default with the bucket that it has made for videos, else the first by name: a
        bucket of another account may be read only. Raises NotADataBucket.
        """
        if bucket is not None and bucket not in settings.data_buckets:
            raise NotADataBucket(bucket, settings.data_buckets)
        analyses = settings.analyses
        # One that gives a verdict goes through all that there is; another only as far as its result.
        analysis = next((one for one in analyses if one.spec.searches_for_wrongs), analyses[0])
        own = f"{settings.deployment}-videos"
        return cls(bucket or min(settings.data_buckets, key=lambda name: (not name.startswith(own), name)), analysis)

    def cost_micros(self, settings: "Settings") -> tuple[int, int]:
        """What the analysis costs in millionths of a US dollar: as the settings reckon, and should AWS round up to a
        minute.
        """
        price = settings.price_per_minute(self.analysis)
        reckoned = cost_micros(billed_ms(SECONDS * 1000, settings.least_billed_ms), price)
        return reckoned, max(reckoned, micros(price))


class Journey:
    """One clip's way from upload to alert; an asynchronous context manager that takes the clip away in the end, unless
    it is to be kept.

    `uri` is the clip's. After the end `left` is a clip that could not be removed, and `line_open` says that a line was
    sent whose end was not seen.
    """

    def __init__(self, deployment: "Deployment", order: SmokeOrder) -> None:
        self._deployment = deployment
        self._order = order
        self._clip = Clip(deployment.own_videos, order.bucket)
        self.uri = self._clip.ref.uri
        self.left: LeftClip | None = None
        self.line_open = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if not self._order.keep:
            self.left = await self._clip.remove()

    async def hops(self) -> AsyncGenerator[HopReport | HopPending, None]:
        """Each hop once it is passed, or has failed, and now and then the one that is waited for. Ends after the first
        that keeps the others from being passed.
        """
        began = now_ms()
        line = line_of(self._clip, self._order.analysis, began)
        try:
            video = await self._clip.upload()
        except ClientError as error:
            yield _refused(Hop.UPLOAD, error, Cause.UPLOAD_FORBIDDEN)
            return
        try:
            await self._deployment.intake_for(priority=True).send([encode_line(line)])
        except ClientError as error:
            yield _refused(Hop.UPLOAD, error, Cause.SEND_FORBIDDEN)
            return
        self.line_open = True
        sent = now_ms()
        yield HopReport(Hop.UPLOAD, HopGrade.OK, f"{video.uri}, sent to the priority queue", (sent - began) / 1000)
        watch = Watch(self._deployment, line.id, JobKey(video.video_id, self._order.analysis))
        async for report in self._follow(Trail(line.id, sent), watch):
            if isinstance(report, HopReport) and report.hop is Hop.ALERT:
                yield await self._with_recipients(report)
            else:
                yield report

    async def _follow(self, trail: Trail, watch: Watch) -> AsyncGenerator[HopReport | HopPending, None]:
        hop_began = reported = time.monotonic()
        deadline = hop_began + self._order.timeout_s
        while (hop := trail.pending) is not None:
            sighting = await watch.sight(hop)
            self.line_open = sighting.outcome is None
            for report in trail.see(sighting):
                yield report
            now = time.monotonic()
            if trail.pending is not hop:
                hop_began = reported = now
                continue
            if now >= deadline or _over(hop, sighting, waited_s=now - hop_began, left_s=deadline - now):
                state, cause = held_up(hop, sighting, await read_scene(self._deployment, now_ms()))
                yield HopReport(hop, HopGrade.FAILED, state, now - hop_began, cause)
                if hop is not Hop.NOTIFICATION or now >= deadline:
                    return
                trail.skip()
                hop_began = reported = now
            elif now - reported >= PENDING_S:
                state, _ = held_up(hop, sighting, await read_scene(self._deployment, now_ms()))
                yield HopPending(hop, now - hop_began, state)
                reported = now
            await asyncio.sleep(POLL_S)

    async def _with_recipients(self, report: HopReport) -> HopReport:
        """The last hop's report with those whom an alert reaches; they get a test message if that was asked for."""
        try:
            recipients = await read_recipients(self._deployment)
            receivers, cause = str(recipients), recipients.cause
        except ClientError as error:
            if code_of(error) not in _FORBIDDEN:
                return _refused(Hop.ALERT, error, Cause.AWS_REFUSED)
            receivers, cause = "these credentials may not list the subscriptions for alerts", None
        report = replace(report, state=f"{report.state}; {receivers}", cause=report.cause or cause)
        if not self._order.sample_alert or report.grade is HopGrade.FAILED:
            return report
        try:
            await send_sample(self._deployment, self._clip.name)
        except ClientError as error:
            return _refused(Hop.ALERT, error, Cause.SAMPLE_FORBIDDEN)
        return replace(report, state=f"{report.state}; a test message was sent there: see that it arrives")


def _over(hop: Hop, sighting: Sighting, *, waited_s: float, left_s: float) -> bool:
    """Whether a hop has had its time. A result that only polling brings has as long as there is."""
    job = sighting.job
    if hop is Hop.RESULT and job is not None and job.state is JobState.RUNNING:
        return job.due_at_ms is not None and (job.due_at_ms - sighting.at_ms) / 1000 > left_s
    return hop in LIMITS_S and waited_s >= LIMITS_S[hop]


def _refused(hop: Hop, error: ClientError, forbidden: Cause) -> HopReport:
    """What AWS refused to the test itself; `forbidden` is the cause where that is a matter of permissions."""
    cause = forbidden if code_of(error) in _FORBIDDEN else Cause.AWS_REFUSED
    state = f"{error.operation_name}: {code_of(error)}: {message_of(error)}"
    return HopReport(hop, HopGrade.FAILED, state, cause=cause)
