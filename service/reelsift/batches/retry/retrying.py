"""The ended lines of a batch, read and opened again chunk by chunk."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace

from reelsift.aws.deployment import Deployment
from reelsift.aws.outcomes import REOPENED_LINES, OpenLine
from reelsift.batches.retry.choice import RetryChoice
from reelsift.batches.retry.ended_lines import EndedLines
from reelsift.batches.retry.reopening import Reopening, asked_again
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, BatchState, Chunk
from reelsift.domain.line import Line, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.errors import BatchBeingCancelled
from reelsift.manifests.messages import encode_line

READS_AT_ONCE = 16
"""Videos whose jobs are asked for together."""

OnLines = Callable[[int], None]
"""Called now and then with how many lines are done."""


class Retrying:
    """Retries lines of one batch. Interrupted, it is simply begun again."""

    def __init__(self, deployment: Deployment, batch: Batch, choice: RetryChoice) -> None:
        self._deployment = deployment
        self._batch = batch
        self._choice = choice

    async def ended_lines(self, on_lines: OnLines) -> EndedLines:
        """Read every line that failed, and those that were skipped or have partly failed where they are asked for."""
        ended = EndedLines()
        statuses = self._choice.statuses | {OutcomeStatus.FAILED}
        async for chunk in self._deployment.chunks.of_batch(self._batch.batch_id):
            if chunk.skip_reason is not None:
                ended.add_range(chunk.skip_reason, chunk.skipped_lines, chunk.size - chunk.counts.size)
            if chunk.total is None:
                async for _ in self._deployment.outcomes.open_lines(chunk.batch_id, chunk.number):
                    ended.unsent += 1
            if _has(chunk, statuses):
                async for outcome in self._deployment.outcomes.unfinished(chunk.batch_id, chunk.number, statuses):
                    ended.add(outcome)
                on_lines(ended.seen)
        return ended

    async def carry_out(self, on_lines: OnLines) -> int:
        """Open the chosen lines again, and have them sent; returns how many.

        Raises BatchBeingCancelled where somebody cancels it meanwhile, and RetryUnfinished.
        """
        reopening = Reopening(self._deployment, self._batch)
        done = 0
        async for chunk in self._deployment.chunks.of_batch(self._batch.batch_id):
            if chunk.skip_reason in self._choice.reasons:
                done += await self._unskip(reopening, chunk)
            # The file of a chunk has what the workers send of it. Other lines only came with their messages.
            by_workers = chunk.total is not None
            if not by_workers:
                done += await self._send_unsent(chunk)
            if not _has(chunk, self._choice.statuses):
                continue
            async for group in self._groups(chunk):
                if reopening.batch.state is BatchState.CANCELLING:
                    raise BatchBeingCancelled(self._batch.batch_id, sent=done)
                opened = await reopening.lines(group, resend=by_workers)
                if not by_workers:
                    await self._send(opened)
                done += len(opened)
                on_lines(done)
        return done

    async def _unskip(self, reopening: Reopening, chunk: Chunk) -> int:
        current = await self._deployment.chunks.get(chunk.batch_id, chunk.number)
        if current is None or current.skip_reason not in self._choice.reasons:
            return 0
        return await reopening.skipped_range(current)

    async def _groups(self, chunk: Chunk) -> AsyncIterator[list[Outcome]]:
        """The chosen lines of a chunk, as many at a time as one transaction opens."""
        outcomes = self._deployment.outcomes.unfinished(chunk.batch_id, chunk.number, self._choice.statuses)
        group: list[Outcome] = []
        async for outcome in outcomes:
            if self._choice.takes(outcome):
                group.append(outcome)
            if len(group) == REOPENED_LINES:
                yield group
                group = []
        if group:
            yield group

    async def _send_unsent(self, chunk: Chunk) -> int:
        """Send the messages of lines that were opened before and have not ended: whoever opened them may have died
        before sending. A second message does no harm to a line that is under way.
        """
        group: list[OpenLine] = []
        sent = 0
        async for opened in self._deployment.outcomes.open_lines(chunk.batch_id, chunk.number):
            group.append(opened)
            if len(group) == REOPENED_LINES:
                sent += await self._send(group)
                group = []
        return sent + await self._send(group)

    async def _send(self, lines: Sequence[OpenLine]) -> int:
        bodies: list[str] = []
        for start in range(0, len(lines), READS_AT_ONCE):
            part = lines[start : start + READS_AT_ONCE]
            bodies += await asyncio.gather(*(self._body(opened) for opened in part))
        await self._deployment.intake_for(priority=self._batch.urgent).send(bodies)
        return len(bodies)

    async def _body(self, opened: OpenLine) -> str:
        """The message of a line that no manifest holds: for the analyses that it asked for, or had begun where that is
        not known, else for those that the deployment is set to.
        """
        asked = Line(
            opened.id,
            opened.ref,
            0,
            analyses=await self._analyses(opened),
            priority=self._batch.urgent,
            context=opened.context,
        )
        return encode_line(asked_again(asked, opened))

    async def _analyses(self, opened: OpenLine) -> tuple[Analysis, ...]:
        if opened.analyses or opened.video_id is None:
            return opened.analyses
        jobs = await self._deployment.jobs.of_video(opened.video_id)
        return tuple(job.analysis for job in jobs if replace(job.asked.by, round=opened.id.round) == opened.id)


def _has(chunk: Chunk, statuses: Iterable[OutcomeStatus]) -> bool:
    """Whether a chunk has rows of unfinished lines that ended so: those of a skipped range have none."""
    rows = {
        OutcomeStatus.SUCCEEDED: chunk.counts.partly_failed,
        OutcomeStatus.FAILED: chunk.counts.failed,
        OutcomeStatus.SKIPPED: chunk.counts.skipped - chunk.skipped_lines,
    }
    return any(rows[status] > 0 for status in statuses)
