"""The moderation labels Rekognition knows, each under its parents.

Version 7 is what GetContentModeration answers today; version 6 still stands in older recordings (developer guide,
"Moderating content"). An answer names a label's direct parent only, so the rest of the way to the top is known from
here. A label that stands in neither version is never dropped: it keeps what the answer says of it.
"""

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping

Tree = Mapping[str, "Tree"]
"""Labels, each with the labels directly below it."""

V7: Tree = {
    "Explicit": {
        "Explicit Nudity": {
            "Exposed Male Genitalia": {},
            "Exposed Female Genitalia": {},
            "Exposed Buttocks or Anus": {},
            "Exposed Female Nipple": {},
        },
        "Explicit Sexual Activity": {},
        "Sex Toys": {},
    },
    "Non-Explicit Nudity of Intimate parts and Kissing": {
        "Non-Explicit Nudity": {
            "Bare Back": {},
            "Exposed Male Nipple": {},
            "Partially Exposed Buttocks": {},
            "Partially Exposed Female Breast": {},
            "Implied Nudity": {},
        },
        "Obstructed Intimate Parts": {
            "Obstructed Female Nipple": {},
            "Obstructed Male Genitalia": {},
        },
        "Kissing on the Lips": {},
    },
    "Swimwear or Underwear": {
        "Female Swimwear or Underwear": {},
        "Male Swimwear or Underwear": {},
    },
    "Violence": {
        "Weapons": {},
        "Graphic Violence": {
            "Weapon Violence": {},
            "Physical Violence": {},
            "Self-Harm": {},
            "Blood & Gore": {},
            "Explosions and Blasts": {},
        },
    },
    "Visually Disturbing": {
        "Death and Emaciation": {
            "Emaciated Bodies": {},
            "Corpses": {},
        },
        "Crashes": {
            "Air Crash": {},
        },
    },
    "Drugs & Tobacco": {
        "Products": {
            "Pills": {},
        },
        "Drugs & Tobacco Paraphernalia & Use": {
            "Smoking": {},
        },
    },
    "Alcohol": {
        "Alcohol Use": {
            "Drinking": {},
        },
        "Alcoholic Beverages": {},
    },
    "Rude Gestures": {
        "Middle Finger": {},
    },
    "Gambling": {},
    "Hate Symbols": {
        "Nazi Party": {},
        "White Supremacy": {},
        "Extremist": {},
    },
}

V6: Tree = {
    "Explicit Nudity": {
        "Nudity": {},
        "Graphic Male Nudity": {},
        "Graphic Female Nudity": {},
        "Sexual Activity": {},
        "Illustrated Explicit Nudity": {},
        "Adult Toys": {},
    },
    "Suggestive": {
        "Female Swimwear Or Underwear": {},
        "Male Swimwear Or Underwear": {},
        "Partial Nudity": {},
        "Barechested Male": {},
        "Revealing Clothes": {},
        "Sexual Situations": {},
    },
    "Violence": {
        "Graphic Violence Or Gore": {},
        "Physical Violence": {},
        "Weapon Violence": {},
        "Weapons": {},
        "Self Injury": {},
    },
    "Visually Disturbing": {
        "Emaciated Bodies": {},
        "Corpses": {},
        "Hanging": {},
        "Air Crash": {},
        "Explosions And Blasts": {},
    },
    "Rude Gestures": {
        "Middle Finger": {},
    },
    "Drugs": {
        "Drug Products": {},
        "Drug Use": {},
        "Pills": {},
        "Drug Paraphernalia": {},
    },
    "Tobacco": {
        "Tobacco Products": {},
        "Smoking": {},
    },
    "Alcohol": {
        "Drinking": {},
        "Alcoholic Beverages": {},
    },
    "Gambling": {
        "Gambling": {},
    },
    "Hate Symbols": {
        "Nazi Party": {},
        "White Supremacy": {},
        "Extremist": {},
    },
}


SUCCESSORS: Mapping[str, tuple[str, ...]] = {
    "Suggestive": ("Non-Explicit Nudity of Intimate parts and Kissing", "Swimwear or Underwear"),
    "Drugs": ("Drugs & Tobacco",),
    "Tobacco": ("Drugs & Tobacco",),
    "Nudity": ("Exposed Female Nipple", "Exposed Buttocks or Anus"),
    "Graphic Male Nudity": ("Exposed Male Genitalia",),
    "Graphic Female Nudity": ("Exposed Female Genitalia",),
    "Sexual Activity": ("Explicit Sexual Activity",),
    "Illustrated Explicit Nudity": ("Explicit Nudity", "Explicit Sexual Activity"),
    "Adult Toys": ("Sex Toys",),
}
"""What version 7 reports in place of labels of version 6, as AWS publishes it for the transition ("Transforming the API
response"). A label that is not there has the successors of its category.
"""


def successors(label: str) -> tuple[str, ...]:
    """The labels of version 7 in place of one that only version 6 has; none of any other, nor where none is known."""
    if label.casefold() in _NAMES_NOW or label not in _BY_NAME:
        return ()
    return SUCCESSORS.get(label) or SUCCESSORS.get(_BY_NAME[label][0], ())


def paths(tree: Tree, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every label of a tree as its whole path, top level first, the label itself last."""
    for name, below in tree.items():
        path = (*above, name)
        yield path
        yield from paths(below, path)


# Where both versions have the same pair or name, version 7 is entered last and so wins.
_BY_PAIR: dict[tuple[str, str], tuple[str, ...]] = {
    (path[-1], path[-2] if len(path) > 1 else ""): path for tree in (V6, V7) for path in paths(tree)
}
# Of one version's two labels "Gambling", the upper one answers for the bare name.
_BY_NAME: dict[str, tuple[str, ...]] = {
    path[-1]: path for tree in (V6, V7) for path in sorted(paths(tree), key=len, reverse=True)
}


DIGEST = hashlib.sha256(json.dumps([V6, V7]).encode()).hexdigest()[:16]
"""Names what is known here: by it the thresholds of a label's parents are found."""


_NAMES_NOW = frozenset(path[-1].casefold() for path in paths(V7))


def knows(label: str, parent: str | None = None) -> bool:
    """Whether a version has this label directly under this parent ("" is the top level, None is anywhere)."""
    return label in _BY_NAME if parent is None else (label, parent) in _BY_PAIR


def path(label: str, parent: str | None) -> tuple[str, ...]:
    """The whole path of a moderation label: top level first, the label itself last.

    `parent` is the answer's ParentName: "" at the top level, None where the answer has none. The answer is believed:
    a label under a parent that no version gives it stands below that parent, and a known parent brings its own path.
    """
    if (label, parent) in _BY_PAIR:
        return _BY_PAIR[label, parent or ""]
    if parent is None:
        return _BY_NAME.get(label, (label,))
    if parent == "":
        return (label,)
    return (*_BY_NAME.get(parent, (parent,)), label)


def category(path: tuple[str, ...]) -> str:
    """The top-level label of a path."""
    return path[0]


def is_known(label: str) -> bool:
    """Whether a label of this name stands in a version, capitals and all."""
    return label in _BY_NAME


def nearest(label: str) -> list[str]:
    """The labels of the current version, those first whose names are most like `label`."""

    def likeness(name: str) -> float:
        return difflib.SequenceMatcher(None, label.casefold(), name.casefold()).ratio()

    return sorted(dict.fromkeys(path[-1] for path in paths(V7)), key=likeness, reverse=True)
