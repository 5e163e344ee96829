"""What decisions say of those who made them."""

from dataclasses import replace

from reelsift.domain.decision import Action, Decision
from reelsift.domain.people_figures import FEWEST_TIMES, figures_of_people
from reelsift.domain.weighted_count import FEWEST_EVENTS

DECIDED = Decision(
    video_id="v", number=1, action=Action.REJECT, by="p-ann", principal="p-ann", at_ms=0, private_digest=""
)


def test_an_appeal_counts_for_whoever_made_the_decision_it_is_against() -> None:
    withdrawn = replace(DECIDED, number=2, by="p-ben", action=Action.APPROVE)
    back = replace(DECIDED, number=3, by="p-ben", action=Action.WITHDRAW, withdraws=2)
    again = replace(DECIDED, number=4)
    upheld = replace(DECIDED, number=5, by="p-cy", action=Action.UPHOLD)
    overturned = replace(DECIDED, number=6, by="p-di", action=Action.OVERTURN)
    last = replace(DECIDED, number=7, by="p-ed", action=Action.OVERTURN)
    figures = figures_of_people([last, DECIDED, withdrawn, back, again, upheld, overturned])
    appeals = {person.by: (person.appeals.hits, person.appeals.n) for person in figures}
    assert appeals == {"p-ann": (1, 2), "p-ben": (0, 0), "p-cy": (0, 0), "p-di": (1, 1), "p-ed": (0, 0)}
    assert {person.by: person.decisions for person in figures} == {
        "p-ann": 2,
        "p-ben": 2,
        "p-cy": 1,
        "p-di": 1,
        "p-ed": 1,
    }


def test_of_too_few_nothing_is_said() -> None:
    times = [10_000 * number for number in range(FEWEST_TIMES + 1)]
    (person,) = figures_of_people([replace(DECIDED, video_id=f"{at}", at_ms=at) for at in times])
    assert (person.seconds, person.measured) == (10.0, FEWEST_TIMES)
    (fewer,) = figures_of_people([replace(DECIDED, video_id=f"{at}", at_ms=at) for at in times[1:]])
    assert (fewer.seconds, fewer.decisions) == (None, FEWEST_TIMES)
    overturned = [replace(DECIDED, video_id=f"{one}", number=2, action=Action.OVERTURN) for one in range(FEWEST_EVENTS)]
    decided = [replace(DECIDED, video_id=f"{one}") for one in range(FEWEST_EVENTS)]
    assert figures_of_people([*decided, *overturned])[0].members()["appeals"]["share"] == 1
    assert figures_of_people([*decided, *overturned[1:]])[0].members()["appeals"]["share"] is None


def test_neither_a_pause_nor_a_file_of_many_is_a_pace() -> None:
    at_once = [replace(DECIDED, video_id=f"{one}", at_ms=one) for one in range(100)]
    later = replace(DECIDED, video_id="later", at_ms=3_600_000)
    (person,) = figures_of_people([*at_once, later])
    assert (person.seconds, person.measured, person.decisions) == (None, 0, 101)
