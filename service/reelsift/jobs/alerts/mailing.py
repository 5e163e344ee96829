"""The outbox to mail: the first alert at once, then at most one mail a window. Any worker may, and none leads."""

import asyncio

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import is_outage
from reelsift.aws.mail import Outbox, Window
from reelsift.aws.table import ConditionFailed
from reelsift.domain.mail_digest import MailDigest
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.timings import Timings

MOST_TOLD = 10_000
"""Alerts told in one mail; what is beyond comes with the next. Their ids are all that is kept of them."""

_log = structlog.get_logger(__name__)


class Mailing:
    """Mails what waits in the outbox while the window is open.

    A worker closes the window for itself, by its own steady clock, whenever it sees that somebody has begun a mail; so
    workers whose clocks disagree neither mail too often nor wait too long. Only the first look of a process goes by the
    time that the last worker wrote, and believes it for one window at most.
    """

    def __init__(
        self, deployment: Deployment, outbox: Outbox, stop: asyncio.Event, timings: Timings, clock: Clock
    ) -> None:
        self._timings = timings
        self._clock = clock
        self._deployment = deployment
        self._outbox = outbox
        self._stop = stop
        self._window_s = deployment.settings.mail_window_s
        self._opens_at = 0.0
        self._seen: int | None = None

    async def step(self) -> None:
        """Wait a little, or for an alert of this process, then mail what waits if the window is open."""
        await self._pause()
        await self.look()

    async def drain(self) -> None:
        """Mail what the last lines brought, if that may be now; else other workers do, or the next that starts."""
        try:
            await self.look()
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", then="mailed by another worker")

    async def look(self) -> None:
        """Mail what waits, if the window is open and no other worker is first."""
        if self._closed_for_s > 0:
            return
        window, waiting = await self._outbox.look()
        self._heed(window)
        if not waiting or self._closed_for_s > 0:
            return
        try:
            now = self._clock.now_ms()
            claimed = await self._outbox.claim(window, now_ms=now, open_at_ms=now + as_ms(self._window_s))
        except ConditionFailed:
            return
        self._heed(claimed)
        await self._mail(claimed, again=window.telling)

    async def _mail(self, claimed: Window, *, again: bool) -> None:
        """Tell, then take out what was told: killed in between, it is told again, by a mail of the same number."""
        digest = MailDigest()
        told: list[str] = []
        async for mention in self._outbox.waiting(MOST_TOLD):
            digest.add(mention)
            told.append(mention.alert_id)
        if told:
            deployment = self._deployment.settings.deployment
            mail = digest.mail(
                claimed.mail_id,
                deployment=deployment,
                region=self._deployment.settings.home_region,
                again=again,
                more=len(told) == MOST_TOLD,
            )
            await self._outbox.publish(mail, deployment)
            self._deployment.metrics.count("Mails")
            _log.info("mail_sent", mail_id=claimed.mail_id, alerts=digest.alerts, again=again)
        await self._outbox.told(claimed, told)

    @property
    def _closed_for_s(self) -> float:
        return self._opens_at - self._clock.monotonic()

    def _heed(self, window: Window) -> None:
        """Close the window for as long as a mail that was begun wants it closed."""
        if window.claim == self._seen:
            return
        closed_s = self._window_s
        if self._seen is None:
            closed_s = max(0.0, min(self._window_s, (window.open_at_ms - self._clock.now_ms()) / 1000))
        self._seen = window.claim
        self._opens_at = self._clock.monotonic() + closed_s

    async def _pause(self) -> None:
        closed_s = self._closed_for_s
        look_s = min(self._timings.mail_check_s, max(0.1, self._window_s / 10))
        events = [self._stop] if closed_s > 0 else [self._stop, self._outbox.noted]
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(
                waits,
                timeout=min(look_s, closed_s) if closed_s > 0 else look_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for wait in waits:
                wait.cancel()
        self._outbox.noted.clear()
