"""Following a batch to its end."""

import asyncio
import time

from rich.live import Live

from reelsift.aws.deployment import Deployment
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.progress import Progress, Rate, read_progress
from reelsift.cli.progress_view import draw, sentence
from reelsift.cli.terminal import margin, say
from reelsift.worker.gauges import measure

LOOK_S = 1.0
"""Between two looks at a batch; a large one, with more chunks to count, is looked at less often."""

LONGEST_LOOK_S = 30.0
CHUNKS_A_SECOND = 100

LOG_S = 10.0
"""Between two lines of progress where stderr is no terminal."""


async def follow(deployment: Deployment, batch_id: str) -> Exit:
    """Show the progress on stderr until every line has its outcome: a live bar, or a line now and then.

    Raises CommandError for a batch that has no end, or does not exist.
    """
    first = await read_progress(deployment, batch_id)
    if first.batch.direct:
        raise CommandError(
            f"{batch_id} collects lines sent straight to the queue: more may always come, so it has no end to wait for",
            Exit.WRONG_USE,
        )
    console = margin()
    try:
        last = await (_live(deployment, first) if console.is_terminal else _log(deployment, first))
    except asyncio.CancelledError:
        say(f"{batch_id} goes on without being watched; `reelsift status {batch_id} --watch` follows it again")
        raise
    return Exit.LINES_FAILED if last.counts.failed else Exit.DONE


async def _live(deployment: Deployment, progress: Progress) -> Progress:
    rate = Rate()
    with Live(console=margin(), auto_refresh=False) as live:
        while True:
            live.update(draw(progress, rate.see(progress), await measure(deployment)), refresh=True)
            if progress.complete:
                return progress
            progress = await _next(deployment, progress)


async def _log(deployment: Deployment, progress: Progress) -> Progress:
    rate = Rate()
    said_at = -LOG_S
    said = -1
    while True:
        pace = rate.see(progress)
        due = time.monotonic() - said_at >= LOG_S and progress.counts.ended != said
        if due or progress.complete:
            say(sentence(progress, pace))
            said_at, said = time.monotonic(), progress.counts.ended
        if progress.complete:
            return progress
        progress = await _next(deployment, progress)


async def _next(deployment: Deployment, progress: Progress) -> Progress:
    await asyncio.sleep(min(LONGEST_LOOK_S, LOOK_S + progress.batch.chunks / CHUNKS_A_SECOND))
    return await read_progress(deployment, progress.batch.batch_id)
