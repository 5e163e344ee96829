"""The outbox to mail: the first alert at once, then at most one mail a window. Any worker may, and none leads."""

import asyncio

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.mail import Outbox, Window
from reelsift.aws.metrics import Metrics
from reelsift.aws.table import ConditionFailed
from reelsift.domain.mail_digest import MailDigest
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.lease import Lease
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

ALERTS_A_MAIL = 10_000
"""Alerts in one mail at most; more come with the next. Only their ids are kept in memory."""

MOST_REFUSALS = 5
"""So often SNS may refuse the text of a mail before people get a few plain words instead."""

_log = structlog.get_logger(__name__)


class Mailing:
    """Mails what waits in the outbox while the window is open.

    Whoever mails has the window on lease. A worker measures that lease by its own steady clock, from when it sees that
    somebody has begun a mail; so workers whose clocks disagree neither mail too often nor wait too long. Only when a
    process reads the window for the first time does it go by the time in it, and for one window at most.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        metrics: Metrics,
        faults: Faults,
        settings: Settings,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._metrics = metrics
        self._faults = faults
        self._settings = settings
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._window_s = settings.mail_window_s
        self._window: Lease[Window] | None = None

    async def step(self) -> None:
        """Wait a little, or for an alert of this process, then mail what waits if the window is open."""
        await self._pause()
        await self.mail_due()

    async def drain(self) -> None:
        """Mail what the last lines brought, if that may be now; else other workers do, or the next that starts."""
        try:
            await self.mail_due()
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", then="mailed by another worker")

    async def mail_due(self) -> None:
        """Mail what waits, if the window is open and no other worker is first."""
        if self._closed_for_s > 0:
            return
        row, waiting = await self._outbox.read()
        window = self._window = self._lease(row)
        if not waiting or window.left_s > 0:
            return
        try:
            await window.claim(now_ms=self._clock.now_ms())
        except ConditionFailed:
            return
        await self._mail(window.row, again=row.unfinished)

    async def _mail(self, claimed: Window, *, again: bool) -> None:
        """Mail alerts, then take them out: killed in between, they are mailed again, by a mail of the same number."""
        digest = MailDigest()
        mailed: list[str] = []
        async for mention in self._outbox.waiting(ALERTS_A_MAIL):
            digest.add(mention)
            mailed.append(mention.alert_id)
        if mailed:
            deployment = self._settings.deployment
            mail = digest.mail(
                claimed.mail_id,
                deployment=deployment,
                region=self._settings.home_region,
                again=again,
                more=len(mailed) == ALERTS_A_MAIL,
            )
            try:
                await self._outbox.publish(mail, deployment)
            except Exception as error:
                if is_outage(error):
                    raise
                await self._refused(claimed, digest, error)
            else:
                self._metrics.count("Mails")
                _log.info("mail_sent", mail_id=claimed.mail_id, alerts=digest.alerts, again=again)
        await self._outbox.finish(claimed, mailed)

    async def _refused(self, claimed: Window, digest: MailDigest, error: Exception) -> None:
        """SNS refuses the text of a mail. Raises that until it has happened often enough; then people get a mail of a
        few plain words instead, so that the alerts after these are mailed.
        """
        if claimed.refusals + 1 < MOST_REFUSALS:
            await self._outbox.note_refusal(claimed)
            raise error
        self._faults.swallow("mail_refused", error, mail_id=claimed.mail_id, alerts=digest.alerts)
        deployment = self._settings.deployment
        try:
            await self._outbox.publish(digest.bare(claimed.mail_id, deployment=deployment), deployment)
        except Exception as refusal:
            if is_outage(refusal):
                raise
            self._faults.swallow("mail_refused", refusal, then="nobody is told of these alerts by mail")

    @property
    def _closed_for_s(self) -> float:
        return 0.0 if self._window is None else self._window.left_s

    def _lease(self, row: Window) -> Lease[Window]:
        """The window as it was just read, closed for as long as the mail that was begun last wants it closed."""
        if self._window is None:
            left_s = None
        elif row.claim == self._window.row.claim:
            left_s = self._window.left_s
        else:
            left_s = self._window_s
        return Lease(row, self._outbox.claim, seconds=self._window_s, clock=self._clock, left_s=left_s)

    async def _pause(self) -> None:
        closed_s = self._closed_for_s
        check_s = min(self._timings.mail_check_s, max(0.1, self._window_s / 10))
        events = [self._stop] if closed_s > 0 else [self._stop, self._outbox.noted]
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(
                waits,
                timeout=min(check_s, closed_s) if closed_s > 0 else check_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for wait in waits:
                wait.cancel()
        self._outbox.noted.clear()
