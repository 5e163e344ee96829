"""Following a batch to its end."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from rich.live import Live

from reelsift.aws.deployment import Deployment
from reelsift.cli.exits import Exit
from reelsift.cli.hold_words import held
from reelsift.cli.presence_words import nobody_works
from reelsift.cli.progress_view import draw, paused, sentence, stopped
from reelsift.cli.terminal import margin, printable, say
from reelsift.domain.batch import HELD, Batch, BatchState
from reelsift.queries.batch_status import BatchMonitor, BatchStatus

LOG_S = 10.0
"""Between two lines of progress where stderr is no terminal."""

UNATTENDED_S = 60.0
"""The same while nothing ends, for no worker is there."""


class Turns:
    """What happens to a batch while it is followed that its numbers do not show: each is said once."""

    def __init__(self) -> None:
        self._held = False
        self._stopped = False
        self._unattended = False
        self._starts_held = False

    def starts(self, status: BatchStatus) -> str | None:
        """A sentence where all starts were held, or released, since the batch was last seen."""
        was_held, self._starts_held = self._starts_held, status.starts_held is not None
        if status.starts_held is not None and not was_held:
            return held(status.starts_held, now_ms=status.progress.at_ms)
        if was_held and not self._starts_held and not status.progress.over:
            return "starts are released: lines go on"
        return None

    def attendance(self, status: BatchStatus) -> str | None:
        """A sentence where workers went, or one came, since the batch was last seen."""
        was_unattended, self._unattended = self._unattended, status.unattended
        if self._unattended and not was_unattended:
            return nobody_works(status.presence)
        if was_unattended and not status.presence.silent:
            return "a worker is there"
        return None

    def news(self, batch: Batch) -> str | None:
        """A sentence where the batch was paused, goes on, or was stopped since it was last seen."""
        was_held, self._held = self._held, batch.state in HELD
        was_stopped, self._stopped = self._stopped, batch.stopped is not None
        if self._stopped and not was_stopped:
            return stopped(batch)
        if self._held and not was_held:
            return f"{paused(batch)}; it is still followed"
        if was_held and not self._held:
            return f"{batch.batch_id} goes on"
        return None


async def follow(deployment: Deployment, batch_id: str) -> Exit:
    """Show the progress on stderr until the batch is over and its report is written: a live bar, or a line now and
    then. The exit code is FAILED where it was stopped before its end, and else LINES_FAILED where lines failed.

    Raises NoSuchBatch and BatchHasNoEnd.
    """
    statuses = BatchMonitor(deployment, batch_id).follow()
    try:
        first = await anext(statuses)
        last = await (_live(first, statuses) if margin().is_terminal else _log(first, statuses))
    except asyncio.CancelledError:
        say(f"{batch_id} goes on without being watched; `reelsift status {batch_id} --watch` follows it again")
        raise
    if last.waits_for_workers_that_do_not_follow:
        say(
            f"{batch_id} has passed over the archive; not every worker follows the policy yet, so it passes once more"
            f" later: `reelsift status {batch_id}` says when it is over"
        )
    if last.progress.batch.state is BatchState.CANCELLED:
        return Exit.FAILED
    return Exit.LINES_FAILED if last.progress.counts.failed else Exit.DONE


async def _live(first: BatchStatus, later: AsyncIterator[BatchStatus]) -> BatchStatus:
    turns = Turns()
    with Live(console=margin(), auto_refresh=False) as live:

        def show(status: BatchStatus) -> None:
            _say_news(turns, status, live.console.print)
            live.update(draw(status), refresh=True)

        last = first
        show(first)
        async for last in later:
            show(last)
    return last


async def _log(first: BatchStatus, later: AsyncIterator[BatchStatus]) -> BatchStatus:
    log = _Log()
    last = first
    log.add(first)
    async for last in later:
        log.add(last)
    if last.report is not None:
        say(f"report: {last.report}")
    return last


class _Log:
    """A line of progress now and then, where something has ended since the last one, or nobody is there to end it."""

    def __init__(self) -> None:
        self._turns = Turns()
        self._said_at = -LOG_S
        self._ended = -1

    def add(self, status: BatchStatus) -> None:
        _say_news(self._turns, status, say)
        attendance = self._turns.attendance(status)
        if attendance is not None:
            say(attendance)
        ended = status.progress.counts.ended
        since_s = time.monotonic() - self._said_at
        due = since_s >= LOG_S and ended != self._ended
        if due or (status.unattended and since_s >= UNATTENDED_S) or status.progress.over:
            say(sentence(status))
            self._said_at, self._ended = time.monotonic(), ended


def _say_news(turns: Turns, status: BatchStatus, write: Callable[[str], None]) -> None:
    for news in (turns.starts(status), turns.news(status.progress.batch)):
        if news is not None:
            write(printable(news))
