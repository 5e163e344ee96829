"""`python -m chaos.worker SECONDS SLACK SILENT`: a worker whose clock is wrong by so many seconds, ahead where above 0.

Only the time of day is: what measures how long something lasts goes on as it does on such a machine. Its waits that are
no settings are shorter than those of a deployment, in the same proportions. For which policy is followed, clocks may
disagree by SLACK seconds, and a report of a worker be late by SILENT.
"""

import sys
import time
from functools import partial

from reelsift.runtime.timings import Timings

SHORT = Timings(
    held_replay_s=5,
    first_retelling_s=1,
    retelling_s=2,
    longest_retelling_s=10,
    longest_bus_rest_s=5,
    events_poll_s=1,
    # Longer than a worker is ever paused: what it wrote last may come late.
    tag_lease_s=6,
    late_tagger_s=16,
    claim_still_s=8,
    claims_watch_s=1,
    # Longer than AWS fails, shorter than a worker is paused: some wake up and may judge nothing.
    policy_follow_s=1,
    policy_stale_s=8,
    policy_report_s=2,
    follow_wait_s=3,
    reevaluation_check_s=0.5,
    walk_lease_s=4,
    walk_retry_s=1,
)

FIRST_TAGGING_PAUSE_MS = 1000

PAGE_JOBS = 10
"""A small archive has pages, too."""

_time, _time_ns = time.time, time.time_ns


def skew(seconds: float) -> None:
    """Have this process' clock be wrong from now on."""
    nanoseconds = int(seconds * 1_000_000_000)
    time.time = lambda: _time() + seconds
    time.time_ns = lambda: _time_ns() + nanoseconds


def shorten(slack_s: float, silent_s: float) -> None:
    """Have the workers of this process wait as SHORT says, for clocks that disagree, and for reports that are late."""
    from reelsift.domain import object_tags
    from reelsift.policy_versions import reports
    from reelsift.reevaluation import candidates, passes
    from reelsift.worker import lifecycle

    lifecycle.Worker = partial(lifecycle.Worker, timings=SHORT)  # type: ignore[misc,assignment]
    object_tags.FIRST_PAUSE_MS = FIRST_TAGGING_PAUSE_MS
    reports.SLACK_S, passes.SLACK_S = silent_s, slack_s  # type: ignore[attr-defined]
    candidates.PAGE_JOBS = PAGE_JOBS


if __name__ == "__main__":
    skew(float(sys.argv.pop(1)))
    shorten(float(sys.argv.pop(1)), float(sys.argv.pop(1)))
    sys.argv[1:] = ["worker"]
    from reelsift.cli.main import main

    main()
