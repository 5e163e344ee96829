"""Whether somebody holds what the deployment would do: easily forgotten, and nothing else is wrong then."""

import time
from collections.abc import AsyncIterator

from reelsift.aws.checkup.finding import Finding, Grade, Remedy, guarded
from reelsift.aws.clients import Clients
from reelsift.aws.hold_switch import HoldSwitch
from reelsift.aws.table import Table
from reelsift.domain.hold import Hold
from reelsift.reports import wording
from reelsift.settings import Settings

SUBJECT = "holds"

_MISSING = "check REELSIFT_DEPLOYMENT and the region, or deploy first"


async def check_holds(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    yield await guarded(SUBJECT, _check(clients, settings), missing=_MISSING)


async def _check(clients: Clients, settings: Settings) -> Finding:
    hold_switch = HoldSwitch(Table(clients.dynamodb, settings.table_name("batches")))
    holds = await hold_switch.read()
    if not holds:
        return Finding(SUBJECT, Grade.OK, "nothing is held")
    state = "; ".join(_words(hold) for hold in holds.values())
    return Finding(SUBJECT, Grade.WARNING, state, Remedy.RELEASE_WHAT_IS_HELD)


def _words(hold: Hold) -> str:
    span = wording.span(max(0.0, time.time() * 1000 - hold.since_ms))
    return f"{hold.kind} have been held for {span} by {hold.by}{f' ({hold.note})' if hold.note else ''}"
