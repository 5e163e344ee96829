import pytest

from reelsift.domain import taxonomy


def test_a_label_of_version_7_has_its_whole_path() -> None:
    assert taxonomy.path("Blood & Gore", "Graphic Violence") == ("Violence", "Graphic Violence", "Blood & Gore")


def test_the_parent_decides_between_the_versions() -> None:
    assert taxonomy.path("Corpses", "Visually Disturbing") == ("Visually Disturbing", "Corpses")
    assert taxonomy.path("Corpses", "Death and Emaciation") == (
        "Visually Disturbing",
        "Death and Emaciation",
        "Corpses",
    )


def test_explicit_nudity_is_a_top_level_label_in_version_6_only() -> None:
    assert taxonomy.path("Explicit Nudity", "") == ("Explicit Nudity",)
    assert taxonomy.path("Explicit Nudity", "Explicit") == ("Explicit", "Explicit Nudity")


def test_no_pair_of_label_and_parent_means_two_paths() -> None:
    pairs: dict[tuple[str, ...], tuple[str, ...]] = {}
    for tree in (taxonomy.V6, taxonomy.V7):
        for path in taxonomy.paths(tree):
            assert pairs.setdefault(path[-2:], path) == path


@pytest.mark.parametrize(
    ("label", "parent", "path"),
    [
        ("Levitation", "", ("Levitation",)),
        ("Levitation", None, ("Levitation",)),
        ("Levitation", "Magic", ("Magic", "Levitation")),
        ("Levitation", "Graphic Violence", ("Violence", "Graphic Violence", "Levitation")),
    ],
)
def test_an_unknown_label_keeps_what_the_answer_says(label: str, parent: str | None, path: tuple[str, ...]) -> None:
    assert taxonomy.path(label, parent) == path


def test_without_a_parent_name_the_label_is_looked_up() -> None:
    assert taxonomy.path("Pills", None) == ("Drugs & Tobacco", "Products", "Pills")
    assert taxonomy.path("Gambling", None) == ("Gambling",)


def test_version_6_has_gambling_below_gambling() -> None:
    assert taxonomy.path("Gambling", "Gambling") == ("Gambling", "Gambling")
    assert taxonomy.path("Gambling", "") == ("Gambling",)


def test_a_category_is_the_top_level() -> None:
    assert taxonomy.category(("Violence", "Graphic Violence", "Self-Harm")) == "Violence"


def test_a_label_is_known_under_its_own_parent_only() -> None:
    assert taxonomy.knows("Smoking")
    assert taxonomy.knows("Smoking", "Tobacco")
    assert not taxonomy.knows("Smoking", "Alcohol")
    assert not taxonomy.knows("Levitation")


def test_the_labels_there_are_come_most_similar_first() -> None:
    names = taxonomy.nearest("wepons")
    assert names[0] == "Weapons"
    assert len(names) == len(set(names))
    assert {path[-1] for path in taxonomy.paths(taxonomy.V7)} == set(names)
    assert (taxonomy.is_known("Weapons"), taxonomy.is_known("weapons")) == (True, False)
