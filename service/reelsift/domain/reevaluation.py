"""What a re-evaluation is to do, and how its passes over the archive follow each other.

It gives stored answers the verdict of one version of the policy. The archive is walked in parts, by any worker, and
each part as often as there are passes.
"""

from dataclasses import dataclass, replace

LATE_PASS_MS = 600_000
"""After so long a worker that could not read which policy is live judges no more: nothing older is written then."""

MOST_WALKS = 64
"""Parts that the archive is walked in: so many workers can be at it side by side."""

WALK_VIDEOS = 2_000
"""A smaller archive has fewer parts, of about so many videos."""


@dataclass(frozen=True, slots=True)
class Reevaluation:
    """What makes a batch a re-evaluation.

    `epoch` and `policy` (its judging digest) are of the version that it gives verdicts of, live since `live_ms`. Where
    `of_batch` is given only the videos of that batch's lines are judged, and with `since_ms` only those whose verdict
    was made then or later. `videos` is how many there were when it was ordered, None where nobody knows. The archive is
    walked in `walks` parts.

    `number` counts the passes, from 1. The present one begins at `begins_ms`, or where that is None as soon as it is
    known whether it is the last: `is_last`, because no worker can write a verdict of an older epoch any more. Times are
    epoch milliseconds.
    """

    epoch: int
    policy: str
    live_ms: int
    walks: int
    of_batch: str | None = None
    since_ms: int | None = None
    videos: int | None = None
    number: int = 1
    begins_ms: int | None = None
    is_last: bool = False

    def is_under_way(self, now_ms: int) -> bool:
        """Whether the present pass has begun."""
        return self.begins_ms is not None and self.begins_ms <= now_ms

    def begun(self, now_ms: int, *, all_follow: bool) -> "Reevaluation":
        """With its first pass begun. It is the last where all workers follow (`all_follow`) the version by now."""
        return replace(self, begins_ms=now_ms, is_last=all_follow)

    def next_pass(self, now_ms: int) -> "Reevaluation":
        """With a last pass once no worker can judge by an older version: over what some wrote behind the first."""
        return replace(self, number=self.number + 1, begins_ms=max(now_ms, self.live_ms + LATE_PASS_MS), is_last=True)


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

    `by` is the batch. `line` names the line of that batch which did so: whoever repeats what a killed worker has begun
    knows by it that it was this one. `verdict` and `status` are those before.
    """

    by: str
    line: str
    verdict: str | None = None
    status: str | None = None
