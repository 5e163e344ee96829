"""Holding and releasing what a whole deployment does, by whoever the credentials say it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.batches.tick import send_tick
from reelsift.domain.hold import Hold, Kind
from reelsift.errors import NoteTooLong
from reelsift.runtime.clock import now_ms

LONGEST_NOTE = 1_000
"""Characters of the note of a hold: every worker reads it every two seconds."""


@dataclass(frozen=True, slots=True)
class Switched:
    """What `hold` or `release` has `changed`, and all that is held now."""

    changed: tuple[Kind, ...]
    holds: Mapping[Kind, Hold]


async def hold(deployment: Deployment, kinds: Iterable[Kind], note: str = "") -> Switched:
    """Have every worker leave these kinds of work undone, within 5 s. What is held already stays so, by whom it was.

    Raises NoteTooLong.
    """
    if len(note) > LONGEST_NOTE:
        raise NoteTooLong(len(note), LONGEST_NOTE)
    by = await deployment.caller.principal()
    changed = await deployment.hold_switch.hold(kinds, by=by, note=note, now_ms=now_ms())
    return Switched(changed, await deployment.hold_switch.read())


async def release(deployment: Deployment, kinds: Iterable[Kind], note: str = "") -> Switched:
    """Have every worker go on with these kinds of work, and wake a fleet that sleeps. Raises NoteTooLong."""
    if len(note) > LONGEST_NOTE:
        raise NoteTooLong(len(note), LONGEST_NOTE)
    by = await deployment.caller.principal()
    changed = await deployment.hold_switch.release(kinds, by=by, note=note, now_ms=now_ms())
    if changed:
        await send_tick(deployment.intake_for(priority=False))
    return Switched(changed, await deployment.hold_switch.read())
