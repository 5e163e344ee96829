"""What is held, in words."""

from collections.abc import Iterable

from reelsift.domain.hold import Hold, Kind
from reelsift.reports import wording

_MEANS = {
    Kind.STARTS: "nothing new is started and lines wait, while what was started runs on, is stored and alerts",
    Kind.EVENTS: "changes of status are kept and published later",
    Kind.TAGS: "no object is tagged until then",
}


def held(hold: Hold, *, now_ms: int) -> str:
    """That something is held: since when, by whom, why, what that means, and how it goes on."""
    because = f" ({hold.note})" if hold.note else ""
    return (
        f"{hold.kind} have been held for {wording.span(max(0, now_ms - hold.since_ms))} by {hold.by}{because}:"
        f" {_MEANS[hold.kind]}; `reelsift release --{hold.kind}` goes on"
    )


def listed(kinds: Iterable[Kind]) -> str:
    """`starts`, `starts and tags`, `starts, events and tags`; of no kind that this version knows, `nothing`."""
    *others, last = [str(kind) for kind in kinds] or ["nothing"]
    return f"{', '.join(others)} and {last}" if others else last
