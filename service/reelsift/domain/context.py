"""What a line brings along about its video for those who hear of it: a few texts by name."""

import json
from collections.abc import Iterable, Mapping

Context = Mapping[str, str]
"""Texts by name. Whatever was given as a number or as true or false is a text here, as JSON writes it: a list of CSV
and the metadata of an object know nothing else.
"""

NAMES = ("owner", "notice_id", "url", "uploaded_at", "language", "title")
"""The documented names, those first that are missed most where not all of them fit. Others are kept too."""

MOST_BYTES = 2048
"""Of UTF-8, as one object of JSON."""

LEFT_OUT = "_left_out"
"""The member that names what was given and is not there: it does not count towards `MOST_BYTES`."""

ALL = "*"
"""What `LEFT_OUT` calls a context that is no object at all."""

_MOST_NAME = 40
_MOST_LEFT_OUT = 200
_MORE = "…"


def fitted(*sources: Context, left_out: Iterable[str] = ()) -> Context | None:
    """One context of the sources, of which those before go first; None where they hold nothing.

    Of equal names the first that fits counts. What does not fit is named in the member `LEFT_OUT`, and so is what
    `left_out` names. To fit a context again changes nothing, and neither does to add the same once more.
    """
    kept: dict[str, str] = {}
    missed: list[str] = []
    room = MOST_BYTES - 1
    for source in sources:
        given: dict[str, str] = {}
        for name, text in source.items():
            given.setdefault(_whole(name), _whole(text))
        missed += given.pop(LEFT_OUT, "").split(",")
        new = [name for name in given if name not in kept]
        sizes = {name: len(_JSON.encode({name: given[name]}).encode()) - 1 for name in new}
        too_large = set()
        for name in sorted(new, key=_rank):
            if sizes[name] <= room:
                room -= sizes[name]
            else:
                too_large.add(name)
        kept |= {name: given[name] for name in new if name not in too_large}
        missed += [name for name in new if name in too_large]
    missing = [name for name in _told(*missed, *left_out) if name not in kept]
    return kept | ({LEFT_OUT: ",".join(missing)} if missing else {}) or None


def context_text(context: Context | None) -> str | None:
    """A context as JSON, the way it is stored and reported."""
    return None if context is None else _JSON.encode(dict(context))


def read_context_text(text: str | None) -> Context | None:
    """What `context_text` wrote."""
    return None if text is None else dict(json.loads(text))


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _rank(name: str) -> int:
    """The place of a name among those that find room first."""
    return NAMES.index(name) if name in NAMES else len(NAMES)


def _told(*names: str) -> list[str]:
    """Names in a few words, each once."""
    told: list[str] = []
    for name in dict.fromkeys(_whole(name).replace(",", " ").strip()[:_MOST_NAME].strip() for name in names):
        if not name:
            continue
        if name == _MORE or len(",".join((*told, name))) > _MOST_LEFT_OUT:
            return [*told, _MORE]
        told.append(name)
    return told


def _whole(text: str) -> str:
    """A text without halves of surrogate pairs, which UTF-8 cannot hold."""
    return text.encode(errors="replace").decode()
