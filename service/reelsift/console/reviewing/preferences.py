"""What reviewers choose for themselves: keys, what they see of a video at first, and what they do not take."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Action = Annotated[str, StringConstraints(pattern=r"^[a-z][A-Za-z0-9_]{0,39}\z")]
_Key = Annotated[str, StringConstraints(min_length=1, max_length=20)]

MOST_KEYS = 100
MOST_NAMES = 100


class Preferences(BaseModel):
    """Preferences, as a page sends them and as they are stored. Pictures are blurred, grey and silent until somebody
    has chosen otherwise, each by itself. `declined` are categories that they do not take; no reason is asked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    keys: Annotated[dict[_Action, _Key], Field(max_length=MOST_KEYS)] = {}
    blur: bool = True
    grey: bool = True
    mute: bool = True
    speed: Annotated[float, Field(ge=0.25, le=4)] = 1.0
    declined: Annotated[list[_Name], Field(max_length=MOST_NAMES)] = []
    theme: Literal["system", "light", "dark"] = "system"
    queues: Annotated[list[_Name], Field(max_length=MOST_NAMES)] = []

    @classmethod
    def stored(cls, members: Mapping[str, Any]) -> Self:
        """What is stored of somebody. What another version of this program has written there may be unusable: then it
        is as if nothing had been chosen.
        """
        try:
            return cls.model_validate(members)
        except ValidationError:
            return cls()

    def declines(self, categories: tuple[str, ...]) -> bool:
        """Whether they do not take a video in which this was seen: top-level labels."""
        declined = {name.casefold() for name in self.declined}
        return any(category.casefold() in declined for category in categories)
