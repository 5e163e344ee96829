"""What whoever runs the deployment does in one seed: they change the policy, have it act on the archive, hold and
release. All of it follows from the seed, and is drawn apart from all else, so that a seed of that stays what it was.
"""

import random
from collections.abc import Iterator

from chaos.acts import Act, Deed

HELD = ("starts", "events", "tags")

_RATES = (20, 100)
"""Videos a second at most that a re-evaluation gives another status."""

_SHORTEST_HOLD_S, _LONGEST_HOLD_S = 1.0, 4.0


def operations(seed: int, seconds: float, *, person: int, first: int) -> list[Act]:
    """The acts of the operator, who is `person`, numbered from `first`. The last change of the policy is followed by a
    re-evaluation.
    """
    return list(_acts(random.Random(f"{seed}/operations"), seconds, person, first))


def _acts(chance: random.Random, seconds: float, person: int, first: int) -> Iterator[Act]:
    number = first
    at, last = 0.0, None
    for policy in chance.choice((("lenient",), ("lenient", "back"), ("lenient", "back", "lenient"))):
        at += chance.uniform(0.1, 0.3) * seconds
        yield Act(number, round(at, 2), person, Deed.APPLY, after=last, details={"policy": policy})
        # Where the next change comes soon, it overtakes the re-evaluation of this one.
        at += chance.uniform(0, 0.1) * seconds
        rate = chance.choice(_RATES)
        yield Act(number + 1, round(at, 2), person, Deed.REEVALUATE, after=number, details={"rate": rate})
        number, last = number + 2, number + 1
    at = chance.uniform(0.1, 0.8) * seconds
    kinds = sorted(chance.sample(HELD, chance.randint(1, len(HELD))))
    yield Act(number, round(at, 2), person, Deed.HOLD, details={"kinds": kinds})
    at += chance.uniform(_SHORTEST_HOLD_S, _LONGEST_HOLD_S)
    yield Act(number + 1, round(at, 2), person, Deed.RELEASE, after=number, details={"kinds": kinds})
