"""The live policy, as one worker follows it.

Every worker judges by the version that it has read last. One that cannot read it goes on by that for `policy_stale_s`,
and then judges nothing until it can: what is to be judged stays due.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from reelsift.aws.metrics import Metrics
from reelsift.aws.policy_versions import PolicyUnreadable, PolicyVersions
from reelsift.aws.remembered import Remembered
from reelsift.domain.analyses.options import Values
from reelsift.domain.analysis import Analysis
from reelsift.domain.handling import Handling
from reelsift.domain.policy_version import Live, PolicyVersion
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.policy_warnings import log_policy
from reelsift.runtime.timings import Timings

READ_TRIES = 2

REPORTS_KEPT_MS = 24 * 3_600_000
"""How long the report of a worker that was killed is kept."""

_log = structlog.get_logger(__name__)


class LivePolicies:
    """One a worker. Its `step` is a loop; whoever asks before the first has ended waits for it."""

    def __init__(
        self,
        *,
        policy_versions: PolicyVersions,
        found: Callable[[PolicyVersion | None], Awaitable[None]],
        worker: str,
        options: Values,
        metrics: Metrics,
        timings: Timings,
        clock: Clock,
    ) -> None:
        """`found` is told of the version that there is when a worker begins; of None it makes the first. `worker` is
        the name under which this one reports what it judges by, and `options` are those of the analyses.
        """
        self._policy_versions = policy_versions
        self._found = found
        self._worker = worker
        self._options = options
        self._metrics = metrics
        self._faults = Faults(metrics)
        self._timings = timings
        self._clock = clock
        # Whoever asks while the version is being read waits for that, and for its failure.
        self._reading: Remembered[None] = Remembered(lambda _: 0.0, monotonic=clock.monotonic)
        self._live: Live | None = None
        self._read_at = 0.0
        self._asked_at: float | None = None
        self._is_being_read = False
        self._reported: tuple[int, float] | None = None
        self._judging = Counter[int]()

    async def current(self) -> Live:
        """What to judge by. Raises PolicyUnreadable where the live version could not be read for too long."""
        live = self._fresh()
        for _ in range(READ_TRIES):
            # What a read brings that was under way already may be too old: this process may have slept in it.
            if live is None and self._may_ask():
                await self._read()
                live = self._fresh()
        if live is None:
            raise PolicyUnreadable("the live policy could not be read for too long: nothing is judged by an old one")
        return live

    async def known(self) -> Live:
        """The version that was read last, however long ago: for what makes no verdict. Raises PolicyUnreadable where
        none was read yet.
        """
        return self._live or await self.current()

    async def handling(self) -> Handling:
        """What people are asked, by the version that was read last. Raises as `known`."""
        return (await self.known()).policy.handling

    async def needs(self) -> frozenset[Analysis]:
        """The analyses that the version which was read last needs. Raises as `known`."""
        return (await self.known()).policy.needs

    @asynccontextmanager
    async def judging(self, *, at_least: int = 0) -> AsyncGenerator[Live, None]:
        """What to judge by in a block. Until it has ended, this worker reports that it judges by that version.

        `at_least` is an epoch of which something was met: where the version is older, it is read again. Raises
        PolicyUnreadable.
        """
        live = await self.current()
        tries = 0
        while live.epoch < at_least:
            # The first read may have begun before that epoch was made.
            tries += 1
            if tries > READ_TRIES:
                raise PolicyUnreadable(f"the live policy has epoch {live.epoch}, but {at_least} was met")
            await self._read()
            live = await self.current()
        self._judging[live.epoch] += 1
        try:
            yield live
        finally:
            self._judging[live.epoch] -= 1

    async def step(self) -> None:
        """Read the live version, and report it. What fails is logged and counted, and the next step tries again."""
        try:
            await self._reading.get(self._read_now)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the last version goes on, and the alarm tells
            self._metrics.count("PolicyUnreadable")
            self._faults.pass_over(
                "policy_unreadable",
                error,
                epoch=None if self._live is None else self._live.epoch,
                then="nothing is judged until it can be read" if self._fresh() is None else "the last version goes on",
            )

    async def end(self) -> None:
        """Take back what this worker has reported: it judges no more."""
        await self._policy_versions.end_report(self._worker)

    def _fresh(self) -> Live | None:
        """The version that was read last, unless that is too long ago."""
        stale = self._clock.monotonic() - self._read_at > self._timings.policy_stale_s
        return None if stale else self._live

    def _may_ask(self) -> bool:
        """Whether to read it out of turn: all that wait to judge would else ask one after the other in an outage."""
        asked_at = self._asked_at
        if asked_at is None or self._is_being_read:
            return True
        return self._clock.monotonic() - asked_at >= self._timings.policy_follow_s

    async def _read(self) -> None:
        """Read the live version, and report it. Raises PolicyUnreadable, whatever it was: what waits for it goes on
        once somebody has mended that.
        """
        try:
            await self._reading.get(self._read_now)
        except PolicyUnreadable:
            raise
        except Exception as error:
            raise PolicyUnreadable(f"the live policy cannot be read: {type(error).__name__}: {error}") from error

    async def _read_now(self) -> None:
        began = self._asked_at = self._clock.monotonic()
        self._is_being_read = True
        try:
            await self._read_and_report()
            self._read_at = began
        finally:
            self._is_being_read = False

    async def _read_and_report(self) -> None:
        if self._fresh() is None:
            await self._begin()
        version = await self._policy_versions.live()
        if self._live is None:
            await self._found(version)
        if version is None:
            version = await self._policy_versions.live()
        if version is None:
            raise PolicyUnreadable("the row of the live policy is gone")
        await self._follow(version)
        await self._report(version.epoch)

    async def _follow(self, version: PolicyVersion) -> None:
        live = self._live
        if live is not None and version == live.version:
            return
        if live is not None and version.epoch <= live.epoch:
            raise PolicyUnreadable(f"the live policy has epoch {version.epoch}, but {live.epoch} was read before")
        if live is not None and version.document == live.version.document:
            self._live = Live(live.policy, version)
        else:
            self._live = Live(await self._policy_versions.policy_of(version), version)
            log_policy(self._live.policy, self._options)
        _log.info(
            "policy_followed",
            epoch=version.epoch,
            judging=self._live.policy.digest,
            handling=version.handling,
            auto_reject=version.auto_reject,
        )

    async def _begin(self) -> None:
        """Report before a version is read for the first time, or after too long: whoever makes another one afterwards
        knows that this worker may judge by what it reads now.
        """
        now_ms = self._clock.now_ms()
        await self._policy_versions.report(self._worker, 0, now_ms=now_ms)
        await self._policy_versions.end_reports(before_ms=now_ms - REPORTS_KEPT_MS)
        self._reported = None

    async def _report(self, epoch: int) -> None:
        """Say what is judged by, if it is another than was said or that is long ago."""
        oldest = min([epoch, *(each for each, judgings in self._judging.items() if judgings)])
        now = self._clock.monotonic()
        said = self._reported
        if said is None or said[0] != oldest or now - said[1] >= self._timings.policy_report_s:
            await self._policy_versions.report(self._worker, oldest, now_ms=self._clock.now_ms())
            self._reported = oldest, now
