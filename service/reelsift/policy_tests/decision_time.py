"""How long a person takes for a decision, as far as decisions show it."""

import statistics
from datetime import UTC, datetime, timedelta

from reelsift.aws.deployment import Deployment
from reelsift.domain.decision import SealedDecision
from reelsift.reports.policy_test_report import DecisionTime
from reelsift.reviews.audit import Audit
from reelsift.runtime.clock import Clock, SystemClock

DAYS = 14
"""Of which decisions are looked at, the newest first."""

MOST_DECISIONS = 5_000

PAUSE_MS = 600_000
"""Who decides nothing for so long has done something else meanwhile."""

LEAST_MS = 1_000
"""A file of many is decided at once, and shows no reviewer's pace."""

FEWEST = 30
"""Of fewer times a median says little: then the setting holds."""


async def decision_time(deployment: Deployment, clock: Clock = SystemClock()) -> DecisionTime:
    """The median time between two decisions of one person in a row; as `decision_s` says where there are too few."""
    audit = Audit(deployment.decisions, deployment.reviews)
    today = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).date()
    times: list[float] = []
    seen = 0
    for day in range(DAYS):
        last: dict[str, int] = {}
        async for decision in audit.of_day(today - timedelta(days=day)):
            if isinstance(decision, SealedDecision):
                continue
            before = last.get(decision.principal)
            if before is not None and LEAST_MS <= decision.at_ms - before < PAUSE_MS:
                times.append((decision.at_ms - before) / 1000)
            last[decision.principal] = decision.at_ms
            seen += 1
        if seen >= MOST_DECISIONS:
            break
    if len(times) < FEWEST:
        return DecisionTime(deployment.settings.decision_s)
    return DecisionTime(statistics.median(times), measured=len(times))
