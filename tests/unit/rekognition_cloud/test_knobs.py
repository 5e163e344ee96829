import pytest

from rekognition_cloud.chance import Chance
from rekognition_cloud.knobs import BadKnobError, Knobs


def test_the_defaults_are_amazons() -> None:
    knobs = Knobs()
    assert (knobs.quota, knobs.start_rate, knobs.get_rate) == (20, 5, 20)
    assert (knobs.max_bytes, knobs.max_duration_ms) == (10 * 1024**3, 6 * 3600 * 1000)
    assert (knobs.results_seconds, knobs.token_seconds, knobs.page_token_seconds) == (604800, 604800, 86400)


def test_turning_one_knob_leaves_the_others() -> None:
    knobs = Knobs(quota=3, job_seconds=2)
    assert knobs.turned({"job_seconds": None}) == Knobs(quota=3)
    assert knobs.turned({"start_rate": 7}) == Knobs(quota=3, job_seconds=2, start_rate=7)


@pytest.mark.parametrize(
    "change",
    [
        {"colour": 1},
        {"quota": -1},
        {"quota": 1.5},
        {"quota": True},
        {"quota": None},
        {"start_rate": "5"},
        {"start_rate": float("nan")},
        {"notifications_lost": 1.01},
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadKnobError):
        Knobs().turned(change)


def test_one_purposes_chance_is_not_disturbed_by_anothers() -> None:
    alone, beside = Chance(1), Chance(1)
    first = [alone.happens("lost", 0.5) for _ in range(50)]
    second = []
    for _ in range(50):
        beside.happens("late", 0.5)
        second.append(beside.happens("lost", 0.5))
    assert first == second
    assert set(first) == {True, False}


def test_no_chance_never_falls_and_certainty_always() -> None:
    chance = Chance(0)
    assert not any(chance.happens("never", 0) for _ in range(100))
    assert all(chance.happens("always", 1) for _ in range(100))
