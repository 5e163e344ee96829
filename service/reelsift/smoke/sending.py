"""The line of a clip, as a user's program would send it."""

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reelsift.domain.line import Line, LineId, chunk_of
from reelsift.manifests.messages import encode_line
from reelsift.runtime.clock import now_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reelsift.aws.deployment import Deployment
    from reelsift.domain.analysis import Analysis
    from reelsift.domain.outcome import Outcome
    from reelsift.smoke.clip import Clip

POLL_S = 0.5
"""Between two looks for an outcome."""

_TOGETHER = 10
"""Messages of one request (SQS)."""


def line_of(clip: "Clip", analysis: "Analysis", submitted_ms: int) -> Line:
    """The line of a clip; all smoke tests of a day are one batch."""
    name = f"smoke-{clip.name}"
    line_id = LineId(f"smoke-{datetime.now(UTC):%Y-%m-%d}", name, chunk_of(name))
    return Line(line_id, clip.ref, submitted_ms, analyses=(analysis,), priority=True)


async def send(deployment: "Deployment", clips: "Sequence[Clip]", analysis: "Analysis") -> list[Line]:
    """Put a line for each clip into the priority queue. Raises what botocore raises."""
    lines = [line_of(clip, analysis, now_ms()) for clip in clips]
    bodies = [encode_line(line) for line in lines]
    queue = deployment.intake_for(priority=True)
    for start in range(0, len(bodies), _TOGETHER):
        await queue.send(bodies[start : start + _TOGETHER])
    return lines


async def outcomes_of(deployment: "Deployment", lines: "Sequence[Line]", timeout_s: float) -> "list[Outcome | None]":
    """The outcomes of lines once each has one, or as far as they have come after so many seconds."""
    found: dict[LineId, Outcome] = {}
    deadline = time.monotonic() + timeout_s
    while True:
        for line in lines:
            if line.id not in found:
                outcome = await deployment.outcomes.get(line.id)
                if outcome is not None:
                    found[line.id] = outcome
        if len(found) == len(lines) or time.monotonic() >= deadline:
            return [found.get(line.id) for line in lines]
        await asyncio.sleep(POLL_S)
