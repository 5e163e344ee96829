"""Whether a machine rejects: what the policy would reject waits for a person, unless somebody has switched that off,
and then within limits.
"""

from collections.abc import Mapping
from dataclasses import replace

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.metrics import Metrics
from reelsift.aws.rejection_hours import RejectionHours
from reelsift.aws.reviews import BesideRefused, Reviews
from reelsift.aws.table import Item
from reelsift.domain.brake import Allowed, Brake, hour_of
from reelsift.domain.foreseen import ModelVersions, is_foreseen
from reelsift.domain.policy import Verdict
from reelsift.domain.policy_version import Live
from reelsift.domain.status import Status, VideoStatus
from reelsift.domain.video_verdict import Rejecting, VideoVerdict
from reelsift.runtime.clock import Clock

_COUNTED = "rejections"
"""The part of a transaction that counts a rejection."""

_log = structlog.get_logger(__name__)


def rejections(deployment: Deployment, clock: Clock) -> "Rejections":
    """What decides over rejections in a deployment, by its settings."""
    settings = deployment.settings
    return Rejections(
        reviews=deployment.reviews,
        rejection_hours=deployment.rejection_hours,
        brake=Brake(settings.auto_reject_hourly_most, settings.auto_reject_times_usual),
        metrics=deployment.metrics,
        clock=clock,
    )


class RejectionBraked(Exception):
    """A row was not written: it would reject a video, and the hour has no room for that any more. Judge it anew."""


class Rejections:
    """Says of a verdict whether it rejects by itself, and writes the rows of those that do."""

    def __init__(
        self, *, reviews: Reviews, rejection_hours: RejectionHours, brake: Brake, metrics: Metrics, clock: Clock
    ) -> None:
        self._reviews = reviews
        self._rejection_hours = rejection_hours
        self._brake = brake
        self._metrics = metrics
        self._clock = clock
        self._allowed: tuple[int, Allowed] | None = None
        self._full_hour: int | None = None

    async def weigh(
        self, verdict: VideoVerdict, models: ModelVersions, live: Live, row: VideoStatus | None
    ) -> VideoVerdict:
        """The verdict with whether it rejects its video by itself, or why not. `row` is that of the video as it was
        read, `models` say by which version of its model each answer was made.
        """
        decided = row is not None and row.standing > 0
        if verdict.verdict is not Verdict.REJECT or not live.version.auto_reject or decided:
            return verdict
        rules, known = live.policy.rules, live.version.known_models
        if not any(is_foreseen(peak, rules, models, known) for peak in verdict.reasons):
            _log.warning("rejection_unforeseen", video=verdict.video.uri, then="a person looks at it")
            return replace(verdict, rejecting=Rejecting.UNFORESEEN)
        if row is None or row.status is not Status.REJECTED:
            hour = hour_of(self._clock.now_ms())
            allowed = await self._allowed_in(hour)
            if self._full_hour == hour or await self._rejection_hours.count(hour) >= allowed.most:
                self._tell_braked(verdict, allowed)
                return replace(verdict, rejecting=Rejecting.BRAKED)
        return replace(verdict, rejecting=Rejecting.ALONE)

    async def write(self, row: VideoStatus, was: VideoStatus | None) -> VideoStatus:
        """As `Reviews.write`. A row that rejects its video is counted in the same transaction. Raises ConditionFailed,
        and RejectionBraked.
        """
        hour = hour_of(self._clock.now_ms())
        try:
            return await self._reviews.write(row, was, beside=await self._beside(row, was, hour))
        except BesideRefused:
            self._full_hour = hour
            raise RejectionBraked from None

    async def _beside(self, row: VideoStatus, was: VideoStatus | None, hour: int) -> Mapping[str, Item]:
        turned = row.status is Status.REJECTED and (was is None or was.status is not Status.REJECTED)
        if not turned or row.standing:
            return {}
        allowed = await self._allowed_in(hour)
        if allowed.most < 1:
            raise BesideRefused
        return {_COUNTED: self._rejection_hours.counting(hour, most=allowed.most)}

    async def _allowed_in(self, hour: int) -> Allowed:
        """What an hour may have. The hours before it have had what they had."""
        if self._allowed is None or self._allowed[0] != hour:
            self._allowed = hour, self._brake.allowed(hour, await self._rejection_hours.counts(hour))
        return self._allowed[1]

    def _tell_braked(self, verdict: VideoVerdict, allowed: Allowed) -> None:
        self._metrics.count("AutoRejectBraked")
        _log.warning(
            "auto_reject_braked",
            video=verdict.video.uri,
            limit=str(allowed.limit),
            most=allowed.most,
            then="a person looks at it",
        )
