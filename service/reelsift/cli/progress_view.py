"""Progress as a person reads it: one picture for `status` and, redrawn, for `--watch`."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from reelsift.cli.hold_words import held
from reelsift.cli.presence_words import nobody_works, seen
from reelsift.cli.terminal import printable
from reelsift.domain.batch import HELD, Batch, BatchState
from reelsift.domain.failure import Reason
from reelsift.domain.job import Job
from reelsift.queries.batch_status import BatchStatus
from reelsift.queries.forecast import Basis
from reelsift.queries.progress import Progress
from reelsift.reports import wording
from reelsift.reports.trouble_words import trouble


def draw(status: BatchStatus) -> RenderableType:
    """A bar, counts, pace, money and slots in a line each, and below them what a user should know or do."""
    progress = status.progress
    batch = progress.batch
    title = Text(f"{batch.batch_id}  {progress.state}", style="bold")
    if batch.name != batch.batch_id:
        title.append(f"  {printable(batch.name)}", style="not bold")
    title.truncate(200, overflow="ellipsis")
    return Group(
        title,
        *_bar(progress),
        tally(progress, status.running),
        Text(_pace(status)),
        Text(_money(status)),
        Text(_slots(status)),
        *(Text(printable(note)) for note in _notes(status)),
    )


def sentence(status: BatchStatus) -> str:
    """Progress in one line, for a log."""
    progress = status.progress
    counts, batch = progress.counts, progress.batch
    ended = f"{counts.ended:,}" if batch.direct else f"{counts.ended:,} of {progress.expected:,}"
    reading = f"; {_files(progress)}" if batch.state is BatchState.PREPARING else ""
    return f"{batch.batch_id}: {ended} lines ended, {counts.failed:,} failed{reading}; {_pace(status)}"


def tally(progress: Progress, running: int = 0) -> Text:
    """Lines by what became of them, and those that still wait by how far they are."""
    counts = progress.counts
    partly = f" ({counts.partly_failed:,} in part)" if counts.partly_failed else ""
    text = Text(f"succeeded {counts.succeeded:,}{partly}   ")
    text.append(f"failed {counts.failed:,}", style="red" if counts.failed else "")
    text.append(f"   skipped {counts.skipped:,}")
    if progress.waiting is not None:
        text.append(f"   waiting {progress.waiting:,}")
    parts = [f"{number:,} {how}" for number, how in ((progress.in_flight, "sent"), (running, "running")) if number]
    if parts and progress.waiting != 0:
        text.append(f" ({', '.join(parts)})")
    return text


def in_trouble(job: Job) -> str:
    """What keeps a job from its end, and how to end it."""
    return (
        f"{job.video.uri} ({job.analysis}, {job.state}): {trouble(job)}. It ends by itself after a while;"
        f" `reelsift give-up {job.key.video_id}` ends it now"
    )


def paused(batch: Batch) -> str:
    """That a batch is held, why, and how to go on."""
    if batch.held_because:
        return (
            f"{batch.batch_id} has paused itself: {batch.held_because}. Mend that, then `reelsift resume"
            f" {batch.batch_id}`; `reelsift report {batch.batch_id}` says what failed"
        )
    return f"{batch.batch_id} is paused: nothing more of it is started; `reelsift resume {batch.batch_id}` goes on"


def stopped(batch: Batch) -> str:
    """That a batch was stopped before its end, why, and how to take up the remainder."""
    name = batch.batch_id
    if batch.stopped is Reason.MAX_COST:
        limit = wording.money(batch.max_cost_micros or 0)
        return (
            f"{name} was stopped at its --max-cost of {limit}: what was started finishes, the rest is SKIPPED."
            f" `reelsift retry {name} --reason max_cost --max-cost USD` takes it up again"
        )
    if batch.stopped is Reason.POLICY_CHANGED:
        return (
            f"{name} has stopped: another version of the policy went live. What was judged until then stands;"
            " `reelsift reevaluate` acts by the one that is live"
        )
    if batch.reevaluation is not None:
        return f"{name} was cancelled: what was judged until then stands; `reelsift reevaluate` judges the rest"
    return (
        f"{name} was cancelled: what was started finishes, the rest is SKIPPED."
        f" `reelsift retry {name} --reason cancelled` takes it up again"
    )


def _bar(progress: Progress) -> list[RenderableType]:
    if progress.batch.state is BatchState.PREPARING:
        return [Text(_files(progress))]
    total = progress.expected
    if progress.batch.direct or not total:
        return []
    ended = min(total, progress.counts.ended)
    grid = Table.grid(expand=True, padding=(0, 1, 0, 0))
    grid.add_column(ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    share = 100 * ended // total if total else 100
    grid.add_row(
        ProgressBar(max(1, total), ended, complete_style="cyan", finished_style="green"),
        f"{ended:,} of {total:,} ({share} %)",
    )
    return [grid]


def _files(progress: Progress) -> str:
    files = progress.batch.files
    if files is None:
        return "its inventory is about to be read"
    return f"{progress.files_read:,} of {wording.count(files, 'data file')} read, {progress.listed:,} lines so far"


def _pace(status: BatchStatus) -> str:
    progress, coming = status.progress, status.forecast
    if progress.over:
        ended = "cancelled" if progress.batch.state is BatchState.CANCELLED else "complete"
        return f"{ended} {wording.span(progress.elapsed_ms)} after it was submitted"
    if progress.complete:
        return "every line has ended; the report is being written"
    pace = f"{status.rate * 60:,.1f} lines a minute"
    if progress.batch.state in HELD or progress.batch.direct:
        return pace
    if status.unattended and coming.basis is not Basis.QUOTA:
        return seen(status.presence)
    if coming.seconds is None:
        return f"{pace}, time to go not known yet"
    by = "at this rate" if coming.basis is Basis.RATE else "at the quota"
    once = " once a worker is there" if status.unattended else ""
    return f"{pace}, about {wording.span(coming.seconds * 1000)} to go {by}{once}"


def _money(status: BatchStatus) -> str:
    progress, coming = status.progress, status.forecast
    limit = progress.batch.max_cost_micros
    money = wording.money(progress.counts.cost_micros)
    if limit is not None:
        money += f" of at most {wording.money(limit)}"
    if status.reserved_micros:
        money += f", {wording.money(status.reserved_micros)} reserved for what runs"
    if coming.cost_micros:
        money += f", about {wording.money(coming.cost_micros)} to come"
    return f"{wording.minutes(progress.counts.billed_ms)} minutes, {money}"


def _slots(status: BatchStatus) -> str:
    demand = status.demand
    blocked = f", {demand.blocked} blocked by other applications" if demand.blocked else ""
    return f"slots {demand.held} of {demand.quota} in use{blocked}"


def _notes(status: BatchStatus) -> Iterator[str]:
    progress = status.progress
    batch, coming = progress.batch, status.forecast
    if progress.passed_over:
        listed = ", ".join(f"{number:,} {lacked}" for lacked, number in progress.passed_over)
        yield f"passed over: {listed}"
    if status.unattended:
        yield nobody_works(status.presence)
    if status.starts_held is not None:
        yield held(status.starts_held, now_ms=progress.at_ms)
    for job in status.troubled:
        yield in_trouble(job)
    if batch.state in HELD:
        yield paused(batch)
    elif batch.stopped is not None:
        yield stopped(batch)
    elif batch.max_cost_micros is not None and coming.cost_micros is not None and not progress.over:
        missing = progress.counts.cost_micros + coming.cost_micros - batch.max_cost_micros
        if missing > 0:
            yield f"its --max-cost will probably stop it: about {wording.money(missing)} too little"
    if progress.over:
        yield from _of_its_end(status)


def _of_its_end(status: BatchStatus) -> Iterator[str]:
    """What to do once a batch is over."""
    batch, name = status.progress.batch, status.progress.batch.batch_id
    if batch.reevaluation is not None:
        yield f"`reelsift report {name}` says what became of each video"
    elif status.progress.counts.failed:
        yield f"`reelsift report {name}` says why lines failed, `reelsift retry {name}` which can be done again"
    if status.progress.counts.partly_failed:
        yield f"`reelsift retry {name} --reason partly_failed` does again what failed of lines that succeeded in part"
    if batch.report_failed:
        yield f"its report could not be written ({batch.report_failed}); `reelsift report {name}` prints its lines"
    if status.report is not None:
        yield f"report: {status.report}"
