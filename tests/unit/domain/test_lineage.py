import pytest

from reelsift.domain.analysis import Analysis

MODERATION = Analysis.CONTENT_MODERATION


def test_ancestors_are_ordered_by_the_ancestors_they_have_themselves() -> None:
    told: dict[str, set[tuple[str, ...]]] = {
        "Finch": {("Bird", "Animal", "Vertebrate"), ("Vertebrate", "Bird", "Animal")},
        "Bird": {("Vertebrate", "Animal")},
        "Vertebrate": {("Animal",)},
        "Animal": {()},
    }
    assert Analysis.LABELS.spec.lineages(told)["Finch"] == ("Animal", "Vertebrate", "Bird")


def test_where_the_answer_does_not_tell_a_recorded_order_stays() -> None:
    told = {"Choir": {("Person", "Group")}}
    assert Analysis.LABELS.spec.lineages(told) == {"Choir": ("Person", "Group")}


def test_an_ancestor_named_by_any_row_is_kept() -> None:
    told: dict[str, set[tuple[str, ...]]] = {"Choir": {("Person",), ("Group",)}}
    assert Analysis.LABELS.spec.lineages(told)["Choir"] == ("Group", "Person")


def test_an_unknown_moderation_label_is_linked_upwards_by_the_answer() -> None:
    told: dict[str, set[tuple[str, ...]]] = {
        "Spell": {("Magic",)},
        "Magic": {("Weapons",)},
        "Weapons": {("Violence",)},
        "Violence": {()},
    }
    assert MODERATION.spec.lineages(told)["Spell"] == ("Violence", "Weapons", "Magic")


def test_an_unknown_moderation_label_below_a_known_one_takes_its_path() -> None:
    assert MODERATION.spec.lineages({"Spell": {("Crashes",)}})["Spell"] == ("Visually Disturbing", "Crashes")


def test_the_answer_is_believed_before_the_taxonomy() -> None:
    told: dict[str, set[tuple[str, ...]]] = {"Spell": {("Explicit Nudity",)}, "Explicit Nudity": {()}}
    assert MODERATION.spec.lineages(told)["Spell"] == ("Explicit Nudity",)


@pytest.mark.parametrize(
    "told",
    [
        {"Gambling": {(), ("Gambling",)}},
        {"Egg": {("Hen",)}, "Hen": {("Egg",)}},
        {"A": {("B",)}, "B": {("C",)}, "C": {("B",)}},
    ],
)
def test_a_circle_ends(told: dict[str, set[tuple[str, ...]]]) -> None:
    assert set(MODERATION.spec.lineages(told)) == set(told)
