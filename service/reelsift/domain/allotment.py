"""Who may send how many lines: what a queue may hold, shared fairly between the batches that want to send."""

from collections.abc import Sequence
from dataclasses import dataclass

SHARE_PORTIONS = 4
"""A batch that has lines out gets more of them only once that is a quarter of its share: each portion costs writes."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A batch as one queue sees it: `in_flight` lines are sent without an outcome, at least `unsent` more could be."""

    batch_id: str
    priority: int
    in_flight: int
    unsent: int


def allot(window: int, senders: Sequence[Sender]) -> dict[str, int]:
    """How many lines each batch may send now, by its id, where `window` (1 or more) is to be out in one queue.

    While a batch has lines to send, none of a lower priority sends any. Batches of equal priority share what the window
    has left so that the least is as much as it can be. Each of n is entitled to `window // n` (at least 1) of it, even
    where others have filled the window: a small batch never stands behind a huge one, and the window is exceeded by its
    own size at most.
    """
    wanting = [sender for sender in senders if sender.unsent > 0]
    first = max((sender.priority for sender in wanting), default=0)
    rivals = sorted(
        (sender for sender in wanting if sender.priority == first), key=lambda rival: (rival.in_flight, rival.batch_id)
    )
    if not rivals:
        return {}
    share = max(1, window // len(rivals))
    room = max(0, window - sum(sender.in_flight for sender in senders))
    level = _level(rivals, room)
    given = {rival.batch_id: _upto(rival, max(level, share)) for rival in rivals}
    left = room - sum(given.values())
    for rival in rivals:
        # What is left of the room is less than a line for each.
        if left > 0 and _upto(rival, level + 1) > given[rival.batch_id]:
            given[rival.batch_id] += 1
            left -= 1
    return {rival.batch_id: given[rival.batch_id] for rival in rivals if _worth_it(rival, given[rival.batch_id], share)}


def _level(rivals: Sequence[Sender], room: int) -> int:
    """The highest number of lines out that every rival may be brought up to without exceeding the room."""
    low, high = 0, max(rival.in_flight for rival in rivals) + room
    while low < high:
        middle = (low + high + 1) // 2
        if sum(_upto(rival, middle) for rival in rivals) <= room:
            low = middle
        else:
            high = middle - 1
    return low


def _upto(rival: Sender, level: int) -> int:
    return min(rival.unsent, max(0, level - rival.in_flight))


def _worth_it(rival: Sender, lines: int, share: int) -> bool:
    if lines == 0:
        return False
    return rival.in_flight == 0 or lines == rival.unsent or lines >= share // SHARE_PORTIONS
