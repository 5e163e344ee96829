"""What follows a result, beside the outcomes of the lines that wait for it.

To add something (an event, a tag on the object), write a sink and name it where the worker is put together.
"""

from collections.abc import Sequence
from typing import Protocol

from reelsift.domain.alert import Alert
from reelsift.domain.job import Job


class ResultSink(Protocol):
    """Has to know of every result before its job is CLOSED."""

    async def settled(self, job: Job, alerts: Sequence[Alert]) -> None:
        """Take the result of a SETTLED job, failures too, and the alerts of its video that are still to be sent.

        Called at least once a result, and with each alert at least once: a worker may die, or another sink fail, after
        this one is done. So a repetition must do no harm, or be recognisable by whoever receives it. Other sinks run
        beside this one. Whatever it raises keeps the job from being CLOSED, and it is called again at the job's next
        check.
        """
        ...


class ClosedSink(Protocol):
    """Wants to know of jobs that were closed, and can do without one."""

    def closed(self, job: Job) -> None:
        """Take a job that this worker has closed: at most once, since the worker may die before it. Must not raise."""
        ...
