"""The kinds of pictures that content moderation tells apart, and what of a segment was seen in each."""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from reelsift.domain.analyses.content_moderation import CONTENT_TYPES
from reelsift.domain.segments import Segment


class ContentType(StrEnum):
    """A kind of pictures. The value is what a policy says, and Rekognition's name in small letters."""

    ANIMATED = "animated"
    """Cartoons, anime, video games."""
    ILLUSTRATED = "illustrated"
    """Drawings, paintings, sketches."""


Kinds = frozenset[ContentType]
"""What pictures are at once; of nearly all, nothing."""

PLAIN: Kinds = frozenset()

_BY_NAME = {str(kind): kind for kind in ContentType}


def by_kinds(segment: Segment) -> Iterator[tuple[Kinds, Segment]]:
    """A segment for each kind of pictures it was seen in, as sure as Rekognition was there. All have its times: where
    in a stretch the pictures were of which kind is not kept. A kind that is not known here is none.
    """
    told = segment.details.get(CONTENT_TYPES)
    if not told:
        yield PLAIN, segment
        return
    for entry in told:
        kinds = frozenset(_BY_NAME[name] for name in map(str.lower, entry["types"]) if name in _BY_NAME)
        yield kinds, replace(segment, max_confidence=entry["max_confidence"], peak_ms=entry["peak_ms"])
