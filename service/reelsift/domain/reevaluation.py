"""What a re-evaluation is to do, and how its passes over the archive follow each other.

It gives stored answers the verdict of one version of the policy. The archive is walked in parts, by any worker, and
each part as often as there are passes.
"""

from dataclasses import dataclass, replace

MOST_WALKS = 64
"""Parts that the archive is walked in: so many workers can be at it side by side."""

WALK_VIDEOS = 2_000
"""A smaller archive has fewer parts, of about so many videos."""


USUAL_RATE = 100
"""Videos a second that get another status: a million events in less than three hours."""

ENDED = 1_000
"""Passes of a walk that is closed: no worker takes it on any more."""


@dataclass(frozen=True, slots=True)
class Reevaluation:
    """What makes a batch a re-evaluation.

    `epoch` and `policy` (its judging digest) are of the version that it gives verdicts of. Where `of_batch` is given
    only the videos of that batch's lines are judged, and with `since_ms` only those whose verdict was made then or
    later. `videos` is how many there were when it was ordered, None where nobody knows. The archive is
    walked in `walks` parts, and no more than `rate` videos a second get another status, so that events of live work go
    first.

    `number` counts the passes, from 1. The present one begins at `begins_ms`, or where that is None as soon as it is
    known whether it is the last: `is_last`, because no worker can write a verdict of an older epoch any more. `seen_ms`
    is when a worker looked at it first: the version was live by then, whatever the clock of whoever ordered it says.
    Times are epoch milliseconds.
    """

    epoch: int
    policy: str
    walks: int
    of_batch: str | None = None
    since_ms: int | None = None
    videos: int | None = None
    rate: int = USUAL_RATE
    number: int = 1
    seen_ms: int | None = None
    begins_ms: int | None = None
    is_last: bool = False

    def is_under_way(self, now_ms: int) -> bool:
        """Whether the present pass has begun."""
        return self.begins_ms is not None and self.begins_ms <= now_ms

    def begun(self, now_ms: int, *, all_follow: bool) -> "Reevaluation":
        """With its first pass begun. It is the last where all workers follow (`all_follow`) the version by now."""
        return replace(self, begins_ms=now_ms, is_last=all_follow)

    def next_pass(self, now_ms: int, *, stale_ms: int) -> "Reevaluation":
        """With a last pass, `stale_ms` after the version was known to be live: over what workers that did not follow it
        have written behind the first. After so long none of them judges any more.
        """
        begins_ms = max(now_ms, (self.seen_ms or now_ms) + stale_ms)
        return replace(self, number=self.number + 1, begins_ms=begins_ms, is_last=True)


def walks_for(videos: int | None) -> int:
    """In how many parts an archive of so many videos is walked."""
    return MOST_WALKS if videos is None else max(1, min(MOST_WALKS, -(-videos // WALK_VIDEOS)))


@dataclass(frozen=True, slots=True)
class Walk:
    """One part of the archive in a re-evaluation, and how far it is.

    `passes` is how many passes have ended here. `after` is the place behind which the present one goes on, None at its
    beginning. Until `due_at_ms` (epoch milliseconds) some worker is at it.
    """

    batch_id: str
    number: int
    passes: int = 0
    after: str | None = None
    due_at_ms: int | None = None

    def is_taken(self, now_ms: int) -> bool:
        """Whether a worker is at it."""
        return self.due_at_ms is not None and self.due_at_ms > now_ms


@dataclass(frozen=True, slots=True)
class Reevaluated:
    """What a video was when a re-evaluation gave it its verdict, as its row says it.

    `by` is the batch, `line` names the line of it which did so, and `number` is that of the pass: whoever repeats what
    a killed worker has begun knows by them that it was this one. `verdict` and `status` are those before.
    """

    by: str
    line: str
    number: int = 1
    verdict: str | None = None
    status: str | None = None
