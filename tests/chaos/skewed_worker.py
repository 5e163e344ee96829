"""`python -m chaos.skewed_worker SECONDS`: a worker whose clock is wrong by so many seconds, ahead where above 0.

Only the time of day is: what measures how long something lasts goes on as it does on such a machine.
"""

import sys
import time

_time, _time_ns = time.time, time.time_ns


def skew(seconds: float) -> None:
    """Have this process' clock be wrong from now on."""
    nanoseconds = int(seconds * 1_000_000_000)
    time.time = lambda: _time() + seconds
    time.time_ns = lambda: _time_ns() + nanoseconds


if __name__ == "__main__":
    skew(float(sys.argv.pop(1)))
    sys.argv[1:] = ["worker"]
    from reelsift.cli.main import main

    main()
