"""A clip's way through the deployed system, from upload to alert."""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of, message_of
from reelsift.cli.smoke.clip import PREFIX
from reelsift.cli.smoke.diagnosis import held_up, read_scene
from reelsift.cli.smoke.hop import Hop, HopGrade, HopReport
from reelsift.cli.smoke.recipients import read_recipients, send_sample
from reelsift.cli.smoke.trail import Sighting, Trail
from reelsift.cli.smoke.watch import Watch
from reelsift.cli.terminal import say
from reelsift.domain.job import JobKey, JobState
from reelsift.domain.line import Line, LineId, chunk_of
from reelsift.manifests.messages import encode_line
from reelsift.runtime.clock import now_ms

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.cli.smoke.clip import Clip
    from reelsift.domain.analysis import Analysis

POLL_S = 0.5
"""Between two looks at the job."""

SAY_S = 15.0
"""Between two sentences on what is waited for."""

LIMITS_S = {
    Hop.START: 120.0,
    Hop.ANALYSIS: 300.0,
    Hop.NOTIFICATION: 60.0,
    Hop.RESULT: 120.0,
    Hop.OUTCOME: 60.0,
    Hop.ALERT: 60.0,
}
"""What a hop takes at most, a multiple of what it should. The queue has no limit of its own: a fleet at zero wakes."""

_REFUSED = frozenset({"403", "AccessDenied", "AccessDeniedException", "AuthorizationError", "Forbidden"})


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a smoke test: what for, for how long in all, and whether people get a test message."""

    analysis: "Analysis"
    timeout_s: float
    sample_alert: bool


class Journey:
    """One clip's hops, reported as they are passed. What is uploaded is the caller's to remove.

    `active_batches` tells that a line was sent whose end was not seen.
    """

    def __init__(self, deployment: "Deployment", clip: "Clip", order: Order) -> None:
        self._deployment = deployment
        self._clip = clip
        self._order = order
        self.active_batches = False

    async def hops(self) -> AsyncGenerator[HopReport, None]:
        """Each hop once it is passed, or has failed; ends after the first that keeps the others from being passed."""
        name = self._deployment.settings.deployment
        began = now_ms()
        line = self._line(began)
        try:
            video = await self._clip.upload()
        except ClientError as error:
            below = f"{PREFIX} of {self._clip.ref.bucket}, and the use of its KMS key"
            yield _refused(Hop.UPLOAD, error, f"allow s3:PutObject below {below}; the policy {name}-operator does")
            return
        try:
            await self._deployment.intake_for(priority=True).send([encode_line(line)])
        except ClientError as error:
            mend = f"allow sqs:SendMessage on the priority queue; the policy {name}-operator does"
            yield _refused(Hop.UPLOAD, error, mend)
            return
        self.active_batches = True
        sent = now_ms()
        yield HopReport(Hop.UPLOAD, HopGrade.OK, f"{video.uri}, sent to the priority queue", (sent - began) / 1000)
        watch = Watch(self._deployment, line.id, JobKey(video.video_id, self._order.analysis))
        async for report in self._follow(Trail(line.id, sent), watch):
            yield await self._with_recipients(report) if report.hop is Hop.ALERT else report

    async def _follow(self, trail: Trail, watch: Watch) -> AsyncGenerator[HopReport, None]:
        hop_began = said = time.monotonic()
        deadline = hop_began + self._order.timeout_s
        while (hop := trail.pending) is not None:
            sighting = await watch.look(hop)
            self.active_batches = sighting.outcome is None
            for report in trail.see(sighting):
                yield report
            now = time.monotonic()
            if trail.pending is not hop:
                hop_began = said = now
                continue
            if now >= deadline or _over(hop, sighting, waited_s=now - hop_began, left_s=deadline - now):
                state, mend = held_up(hop, sighting, await read_scene(self._deployment, now_ms()))
                yield HopReport(hop, HopGrade.FAILED, state, now - hop_began, mend)
                if hop is not Hop.NOTIFICATION or now >= deadline:
                    return
                trail.skip()
                hop_began = said = now
            elif now - said >= SAY_S:
                state, _ = held_up(hop, sighting, await read_scene(self._deployment, now_ms()))
                say(f"{hop}, for {now - hop_began:.0f} s: {state}")
                said = now
            await asyncio.sleep(POLL_S)

    async def _with_recipients(self, report: HopReport) -> HopReport:
        """The last hop's report with those whom an alert reaches; they get a test message if that was asked for."""
        try:
            recipients = await read_recipients(self._deployment)
            told, mend = str(recipients), recipients.mend
        except ClientError as error:
            if code_of(error) not in _REFUSED:
                return _refused(Hop.ALERT, error)
            told, mend = "these credentials may not list the subscriptions for alerts", ""
        report = replace(report, state=f"{report.state}; {told}", mend=report.mend or mend)
        if not self._order.sample_alert or report.grade is HopGrade.FAILED:
            return report
        try:
            await send_sample(self._deployment, self._clip.name)
        except ClientError as error:
            return _refused(Hop.ALERT, error, "allow sns:Publish on the topics alerts and mail, or leave --alert out")
        return replace(report, state=f"{report.state}; a test message was sent there: see that it arrives")

    def _line(self, submitted_ms: int) -> Line:
        """The line of the clip, as a user's program would send it; all smoke tests of a day are one batch."""
        name = f"smoke-{self._clip.name}"
        line_id = LineId(f"smoke-{datetime.now(UTC):%Y-%m-%d}", name, chunk_of(name))
        return Line(line_id, self._clip.ref, submitted_ms, analyses=(self._order.analysis,), priority=True)


def _over(hop: Hop, sighting: Sighting, *, waited_s: float, left_s: float) -> bool:
    """Whether a hop has had its time. A result that only a look brings has as long as there is."""
    job = sighting.job
    if hop is Hop.RESULT and job is not None and job.state is JobState.RUNNING:
        return job.due_at_ms is not None and (job.due_at_ms - sighting.at_ms) / 1000 > left_s
    return hop in LIMITS_S and waited_s >= LIMITS_S[hop]


def _refused(hop: Hop, error: ClientError, allow: str = "") -> HopReport:
    """What AWS refused to this command itself; `allow` is the mend where it is a matter of permissions."""
    mend = allow if code_of(error) in _REFUSED else "`reelsift doctor` says what is missing"
    return HopReport(hop, HopGrade.FAILED, f"{error.operation_name}: {code_of(error)}: {message_of(error)}", mend=mend)
