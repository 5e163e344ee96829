"""How much of an account's quota was used: arithmetic over the cloud's own ledger."""

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """When a job was open, in seconds."""

    start: float
    end: float


def makespan(jobs: Sequence[Span]) -> Span:
    """From the first start to the last end."""
    return Span(min(job.start for job in jobs), max(job.end for job in jobs))


def slot_seconds(jobs: Iterable[Span], within: Span) -> float:
    """How long the jobs were open in all, in seconds, of what lies within a span."""
    return sum(max(0.0, min(job.end, within.end) - max(job.start, within.start)) for job in jobs)


def supplied(jobs: Sequence[Span], places: int) -> Span:
    """From the start that first filled so many places to the last start: while there was more work than places.

    What is left out is the filling at the beginning and the emptying at the end, which no scheduler can avoid. Raises
    ValueError where there were not more jobs than places.
    """
    starts = sorted(job.start for job in jobs)
    if len(starts) <= places:
        raise ValueError(f"{len(starts)} jobs in {places} places leave none waiting")
    return Span(starts[places - 1], starts[-1])


def utilisation(jobs: Sequence[Span], quota: int, within: Span, others: Sequence[Span] = ()) -> tuple[float, float]:
    """The part of the quota that was used within a span, and the part that the jobs used of what the `others` left
    them. The same where there are no others.
    """
    room = quota * (within.end - within.start)
    ours, theirs = slot_seconds(jobs, within), slot_seconds(others, within)
    return (ours + theirs) / room, ours / (room - theirs)


def best_possible(times: Sequence[float], quota: int, start_rate: float) -> float:
    """The utilisation of the quota by jobs that take so many seconds each, started in this order: without any pause
    between two jobs of a slot, at most `start_rate` Starts a second, and with what cannot be filled at the end.
    """
    slots = [0.0] * quota
    last_start = -math.inf
    for seconds in times:
        last_start = max(heapq.heappop(slots), last_start + 1 / start_rate)
        heapq.heappush(slots, last_start + seconds)
    return sum(times) / (quota * max(slots))
