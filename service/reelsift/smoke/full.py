"""What a first hour on a real account shows beside a clip's way: a KMS bucket, an overwrite in flight, an invoice."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of, message_of
from reelsift.domain.cost import billed_ms, cost_micros
from reelsift.domain.job import JobKey, JobState
from reelsift.domain.line import OutcomeStatus
from reelsift.reports import wording
from reelsift.runtime.clock import now_ms
from reelsift.smoke.clip import SECONDS, TEN_SECONDS, Clip, LeftClip
from reelsift.smoke.hop import HopGrade
from reelsift.smoke.journey import SmokeOrder
from reelsift.smoke.sending import POLL_S, outcomes_of, send

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.domain.outcome import Outcome
    from reelsift.domain.video import Video
    from reelsift.settings import Settings

INVOICE_CLIPS = 30
"""Enough that ten seconds each and a minute each cannot be taken for one another on an invoice."""

_UPLOADS_AT_ONCE = 8


class FullStep(StrEnum):
    """In the order in which they are done: what costs least comes first."""

    PLAIN = "plain bucket"
    KMS = "KMS bucket"
    OVERWRITE = "overwrite"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class StepReport:
    """How a step went, `state` in a sentence. `left` are clips that could not be taken away."""

    step: FullStep
    grade: HopGrade
    state: str
    left: tuple[LeftClip, ...] = ()


@dataclass(frozen=True, slots=True)
class FullOrder:
    """Which buckets the steps use: `plain` one that S3's own keys encrypt, `kms` one with a KMS key by default; each is
    None where no data bucket is such a one.
    """

    plain: SmokeOrder | None
    kms: SmokeOrder | None

    @classmethod
    async def of(cls, deployment: "Deployment", timeout_s: float) -> Self:
        """The order for a deployment, with the first bucket of each kind by name."""
        found: dict[bool, SmokeOrder] = {}
        for bucket in sorted(deployment.settings.data_buckets):
            kms = await deployment.own_videos.encrypts_by_kms(bucket)
            if kms not in found:
                analysis = SmokeOrder.of(deployment.settings, bucket).analysis
                found[kms] = SmokeOrder(bucket, analysis, timeout_s=timeout_s)
        return cls(found.get(False), found.get(True))

    @property
    def any_bucket(self) -> SmokeOrder:
        """Where the steps are done that any bucket is good for."""
        chosen = self.plain or self.kms
        assert chosen is not None  # noqa: S101 - a deployment has a data bucket
        return chosen

    def cost_micros(self, settings: "Settings") -> tuple[int, int]:
        """What all steps cost in millionths of a US dollar: as the settings reckon, and should AWS round up to
        minutes.
        """
        small = [order for order in (self.plain, self.kms) if order is not None]
        # The content that is overwritten is paid for, and the new one.
        clips = [order.cost_micros(settings) for order in (*small, self.any_bucket, self.any_bucket)]
        price = settings.price_per_minute(self.any_bucket.analysis)
        each = cost_micros(billed_ms(TEN_SECONDS * 1000, settings.least_billed_ms), price)
        a_minute = max(each, cost_micros(60_000, price))
        return (
            sum(least for least, _ in clips) + INVOICE_CLIPS * each,
            sum(most for _, most in clips) + INVOICE_CLIPS * a_minute,
        )


class FullTest:
    """The steps that take more than a clip's journey: an overwrite in flight, and thirty clips for the invoice."""

    def __init__(self, deployment: "Deployment", order: FullOrder) -> None:
        self._deployment = deployment
        self._order = order.any_bucket

    async def steps(self) -> AsyncGenerator[StepReport, None]:
        """A report for each step once it is done. A step that fails does not keep the next from being done."""
        for step, work in ((FullStep.OVERWRITE, self._overwrite), (FullStep.INVOICE, self._invoice)):
            left: list[LeftClip] = []
            try:
                async with AsyncExitStack() as clips:
                    grade, state = await work(clips, left)
            except ClientError as error:
                grade, state = HopGrade.FAILED, f"{error.operation_name}: {code_of(error)}: {message_of(error)}"
            yield StepReport(step, grade, state, tuple(left))

    async def _overwrite(self, clips: AsyncExitStack, left: list[LeftClip]) -> tuple[HopGrade, str]:
        """Put another content under the key of a clip while it is analysed."""
        old = self._clip(clips, left)
        new = self._clip(clips, left, name=old.name)
        before = await old.upload()
        (line,) = await send(self._deployment, [old], self._order.analysis)
        if not await self._runs(before):
            return HopGrade.FAILED, "no analysis of the clip was seen to run; the hops above say where it hangs"
        after = await new.upload()
        overwritten_ms = now_ms()
        (outcome,) = await outcomes_of(self._deployment, [line], self._order.timeout_s)
        job = await self._deployment.jobs.get(JobKey(before.video_id, self._order.analysis))
        ended_ms = job.times.ended_ms if job is not None else None
        return judged_overwrite(outcome, before, after, in_time=ended_ms is None or ended_ms >= overwritten_ms)

    async def _runs(self, video: "Video") -> bool:
        """Wait until Rekognition has the job of a video; false where that is not seen in time."""
        deadline = time.monotonic() + self._order.timeout_s
        while time.monotonic() < deadline:
            job = await self._deployment.jobs.get(JobKey(video.video_id, self._order.analysis))
            if job is not None and job.state is JobState.RUNNING:
                return True
            if job is not None and job.has_result:
                return False
            await asyncio.sleep(POLL_S)
        return False

    async def _invoice(self, clips: AsyncExitStack, left: list[LeftClip]) -> tuple[HopGrade, str]:
        """Have thirty clips of ten seconds analysed, and say what to look for on the invoice."""
        made = [self._clip(clips, left, seconds=TEN_SECONDS) for _ in range(INVOICE_CLIPS)]
        gate = asyncio.Semaphore(_UPLOADS_AT_ONCE)

        async def upload(clip: Clip) -> None:
            async with gate:
                await clip.upload()

        began_ms = now_ms()
        await asyncio.gather(*map(upload, made))
        lines = await send(self._deployment, made, self._order.analysis)
        outcomes = await outcomes_of(self._deployment, lines, self._order.timeout_s)
        done = [it for it in outcomes if it is not None and it.status is OutcomeStatus.SUCCEEDED]
        video_ms = sum(outcome.duration_ms or 0 for outcome in done)
        state = (
            f"{len(done)} of {INVOICE_CLIPS} clips of {TEN_SECONDS} s analysed for {self._order.analysis},"
            f" {wording.moment(began_ms)} to {wording.moment(now_ms())}: {wording.minutes(video_ms)} minutes of video;"
            f" {len(done)} minutes on the invoice would mean that AWS rounds up"
        )
        return (HopGrade.OK if len(done) == INVOICE_CLIPS else HopGrade.FAILED), state

    def _clip(
        self, clips: AsyncExitStack, left: list[LeftClip], *, name: str | None = None, seconds: int = SECONDS
    ) -> Clip:
        """A clip that is taken away when `clips` closes; what cannot be is added to `left`."""
        clip = Clip(self._deployment.own_videos, self._order.bucket, name=name, seconds=seconds)

        async def remove() -> None:
            remains = await clip.remove()
            if remains is not None:
                left.append(remains)

        clips.push_async_callback(remove)
        return clip


def judged_overwrite(
    outcome: "Outcome | None", before: "Video", after: "Video", *, in_time: bool
) -> tuple[HopGrade, str]:
    """What became of a line whose content `before` was overwritten by `after`, `in_time` while it was analysed."""
    if outcome is None:
        return HopGrade.FAILED, "the line has no outcome"
    if outcome.status is not OutcomeStatus.SUCCEEDED:
        return HopGrade.FAILED, f"the line ended as {outcome.status}: {outcome.reason}: {outcome.message}"
    if not in_time:
        return HopGrade.NOT_DUE, "the analysis ended before the clip was overwritten, so nothing was shown: try again"
    if outcome.ref.etag == after.etag:
        return HopGrade.OK, "the result of the old content was discarded, and that of the new one counts"
    if before.pinned and outcome.ref.etag == before.etag:
        return HopGrade.OK, "the bucket keeps versions: the result is that of the version that was analysed"
    return HopGrade.FAILED, "the result of the old content was taken for the new one's: report this"
