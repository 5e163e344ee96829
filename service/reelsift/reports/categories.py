"""How the categories of labels are told apart in pictures: each has a pattern, so that colour is never needed.

Moderation's categories have looks of their own, the same in every report; those of taxonomy version 6 share the looks
of their successors. All others, as those of label detection, share the plain one: their lanes name them.
"""

from collections.abc import Iterable, Mapping

OTHER = "other"
"""The look of categories that have none of their own."""

POLLS: Mapping[str, str] = {
    "Explicit": "explicit",
    "Non-Explicit Nudity of Intimate parts and Kissing": "intimate",
    "Swimwear or Underwear": "swimwear",
    "Violence": "violence",
    "Visually Disturbing": "disturbing",
    "Drugs & Tobacco": "drugs",
    "Alcohol": "alcohol",
    "Rude Gestures": "gestures",
    "Gambling": "gambling",
    "Hate Symbols": "hate",
    # Version 6.
    "Explicit Nudity": "explicit",
    "Suggestive": "intimate",
    "Drugs": "drugs",
    "Tobacco": "drugs",
}
"""The look of each category by its name: a class of the page's style sheet and the id of a pattern."""


COLOURS: Mapping[str, str] = {
    "explicit": "vermillion",
    "intimate": "orange",
    "swimwear": "purple",
    "violence": "blue",
    "disturbing": "sky",
    "drugs": "green",
    "alcohol": "yellow",
    "gestures": "purple",
    "gambling": "sky",
    "hate": "ink",
    OTHER: "grey",
}
"""The colour of each look, as the style sheet names it: those of Okabe and Ito, which colour-blind people tell apart,
darkened where they would be too faint on white. There are fewer than looks, so the pattern decides.
"""


def look(category: str) -> str:
    """The look of a category, whatever its name."""
    return POLLS.get(category, OTHER)


def legend(categories: Iterable[str]) -> list[tuple[str, str]]:
    """The looks of some categories, each once with the names it stands for; the plain one comes last."""
    names: dict[str, list[str]] = {}
    for category in sorted(set(categories)):
        names.setdefault(look(category), []).append(category)
    others = names.pop(OTHER, [])
    shown = sorted((", ".join(of_look), shape) for shape, of_look in names.items())
    return [*shown, *([("All other categories", OTHER)] if others else [])]
