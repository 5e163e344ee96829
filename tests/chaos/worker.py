"""`python -m chaos.worker SECONDS`: a worker whose clock is wrong by so many seconds, ahead where above 0.

Only the time of day is: what measures how long something lasts goes on as it does on such a machine. Its waits that are
no settings are shorter than those of a deployment, in the same proportions.
"""

import sys
import time
from functools import partial

from reelsift.runtime.timings import Timings

SHORT = Timings(
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
)

FIRST_TAGGING_PAUSE_MS = 1000

_time, _time_ns = time.time, time.time_ns


def skew(seconds: float) -> None:
    """Have this process' clock be wrong from now on."""
    nanoseconds = int(seconds * 1_000_000_000)
    time.time = lambda: _time() + seconds
    time.time_ns = lambda: _time_ns() + nanoseconds


def shorten() -> None:
    """Have the workers of this process wait as SHORT says."""
    from reelsift.domain import object_tags
    from reelsift.worker import lifecycle

    lifecycle.Worker = partial(lifecycle.Worker, timings=SHORT)  # type: ignore[misc,assignment]
    object_tags.FIRST_PAUSE_MS = FIRST_TAGGING_PAUSE_MS


if __name__ == "__main__":
    skew(float(sys.argv.pop(1)))
    shorten()
    sys.argv[1:] = ["worker"]
    from reelsift.cli.main import main

    main()
