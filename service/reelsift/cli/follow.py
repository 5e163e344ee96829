"""Following a batch to its end."""

import asyncio
import time
from collections.abc import Callable

from rich.live import Live

from reelsift.aws.deployment import Deployment
from reelsift.cli.exits import Exit
from reelsift.cli.progress_view import draw, paused, sentence, stopped
from reelsift.cli.terminal import margin, printable, say
from reelsift.domain.batch import HELD, Batch, BatchState
from reelsift.errors import BatchHasNoEnd
from reelsift.queries.batch_status import BatchMonitor, BatchStatus

POLL_S = 1.0
"""Between two looks at a batch; a large one, with more chunks to count, is looked at less often."""

LONGEST_LOOK_S = 30.0
CHUNKS_A_SECOND = 100

LOG_S = 10.0
"""Between two lines of progress where stderr is no terminal."""


class Turns:
    """What happens to a batch while it is followed and its numbers do not tell: each told once."""

    def __init__(self) -> None:
        self._held = False
        self._stopped = False

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
    monitor = BatchMonitor(deployment, batch_id)
    first = await monitor.look()
    if first.progress.batch.direct:
        raise BatchHasNoEnd(batch_id)
    try:
        last = await (_live(monitor, first) if margin().is_terminal else _log(monitor, first))
    except asyncio.CancelledError:
        say(f"{batch_id} goes on without being watched; `reelsift status {batch_id} --watch` follows it again")
        raise
    if last.progress.batch.state is BatchState.CANCELLED:
        return Exit.FAILED
    return Exit.LINES_FAILED if last.progress.counts.failed else Exit.DONE


async def _live(monitor: BatchMonitor, status: BatchStatus) -> BatchStatus:
    turns = Turns()
    with Live(console=margin(), auto_refresh=False) as live:
        while True:
            _tell(turns, status, live.console.print)
            live.update(draw(status), refresh=True)
            if status.progress.over:
                return status
            status = await _next(monitor, status)


async def _log(monitor: BatchMonitor, status: BatchStatus) -> BatchStatus:
    turns = Turns()
    said_at = -LOG_S
    said = -1
    while True:
        progress = status.progress
        _tell(turns, status, say)
        due = time.monotonic() - said_at >= LOG_S and progress.counts.ended != said
        if due or progress.over:
            say(sentence(status))
            said_at, said = time.monotonic(), progress.counts.ended
        if progress.over:
            if status.report is not None:
                say(f"report: {status.report}")
            return status
        status = await _next(monitor, status)


def _tell(turns: Turns, status: BatchStatus, told: Callable[[str], None]) -> None:
    news = turns.news(status.progress.batch)
    if news is not None:
        told(printable(news))


async def _next(monitor: BatchMonitor, status: BatchStatus) -> BatchStatus:
    await asyncio.sleep(min(LONGEST_LOOK_S, POLL_S + status.progress.batch.chunks / CHUNKS_A_SECOND))
    return await monitor.look()
