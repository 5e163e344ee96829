"""What a reviewer is not given any more today. Leads write it, nobody else."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from reelsift.aws.reviewer_rows import Day

GRAVE = ("Violence", "Visually Disturbing", "Hate Symbols", "Explicit", "Explicit Nudity")
"""Categories that count as grave unless a lead says otherwise: top-level labels of content moderation, of its versions
7 and 6.
"""

RESTED_MS = 15 * 60_000
"""Grave items are in a row only where no pause as long as this (milliseconds) lies between them."""

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Limits(BaseModel):
    """Limits of one reviewer, as leads send them and as they are stored; None: there is no such limit. They see
    `queues` alone, all of them where none is named.

    After `minutes_a_day` at work only `light_queues` are offered; of `grave` categories at most `most_grave_in_a_row`
    items in a row.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    queues: Annotated[list[_Name], Field(max_length=100)] = []
    minutes_a_day: Annotated[int, Field(ge=1, le=1440)] | None = None
    most_grave_in_a_row: Annotated[int, Field(ge=1, le=1000)] | None = None
    light_queues: Annotated[list[_Name], Field(max_length=100)] = []
    grave: Annotated[list[_Name], Field(max_length=100)] = list(GRAVE)

    @classmethod
    def stored(cls, members: Mapping[str, Any]) -> Self:
        """What is stored of somebody. What cannot be read limits nothing: a lead sees that there is no limit."""
        try:
            return cls.model_validate(members)
        except ValidationError:
            return cls()

    def may_see(self, queue: str) -> bool:
        """Whether they are given items of a queue, and told of it."""
        return not self.queues or queue in self.queues

    def is_grave(self, categories: tuple[str, ...]) -> bool:
        """Whether something grave was seen in a video: by its top-level labels."""
        grave = {name.casefold() for name in self.grave}
        return any(category.casefold() in grave for category in categories)

    def minutes_are_used(self, day: Day) -> bool:
        """Whether somebody is offered light queues alone from now on."""
        return self.minutes_a_day is not None and day.seconds >= self.minutes_a_day * 60

    def another_grave_one(self, day: Day, now_ms: int) -> bool:
        """Whether somebody may have another grave item now."""
        return self.most_grave_in_a_row is None or grave_in_a_row(day, now_ms) < self.most_grave_in_a_row


def grave_in_a_row(day: Day, now_ms: int) -> int:
    """How many grave items somebody has had without another, or a pause, in between."""
    return day.grave_in_a_row if now_ms - day.grave_ms < RESTED_MS else 0
