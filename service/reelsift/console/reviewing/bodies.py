"""What pages send to endpoints of reviewing. Only lengths and types are checked here: what a decision may say is known
to `domain.decision_request`.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from reelsift.aws.people import PSEUDONYM
from reelsift.domain.decision import Action, EscalationKind
from reelsift.domain.decision_request import LONGEST_APPEAL, LONGEST_NOTE, LONGEST_WARNING, MOST_REASONS
from reelsift.domain.decision_request import MOST_TERRITORIES as _MOST_TERRITORIES

LONGEST_STRETCH_S = 600
"""Seconds at work that a page may report at a time."""

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Code = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_VideoId = Annotated[str, StringConstraints(min_length=1, max_length=40)]
_Pseudonym = Annotated[str, StringConstraints(pattern=rf"^{PSEUDONYM.pattern}\z")]
_Territory = Annotated[str, StringConstraints(min_length=1, max_length=3)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Nothing(_Body):
    """Nothing has to be said."""


class Asked(_Body):
    """Which item somebody wants next: of which queues, all where none is named, and whether beside the one they are at.
    `done` are the training items that they have had.
    """

    queues: Annotated[list[_Name], Field(max_length=100)] = []
    ahead: bool = False
    done: Annotated[list[_Name], Field(max_length=100)] = []


class RestrictionDraft(_Body):
    """A restriction as far as it was filled in."""

    age: int | None = None
    territories: Annotated[list[_Territory], Field(max_length=_MOST_TERRITORIES)] = []
    warning_label: Annotated[str, StringConstraints(max_length=LONGEST_WARNING)] | None = None
    demote: bool = False
    demonetise: bool = False


class Draft(_Body):
    """What somebody has begun to say of a video."""

    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] | None = None
    reasons: Annotated[list[_Code], Field(max_length=MOST_REASONS)] = []
    restriction: RestrictionDraft | None = None


class DraftOf(Draft):
    """The same, with the video that it is about."""

    video_id: _VideoId


class Released(_Body):
    """A video is given back. What was begun to be said of it is kept."""

    draft: Draft | None = None


class Break(_Body):
    """Everything is given back."""

    draft: DraftOf | None = None


class ParkedFor(_Body):
    """For whom a video is parked, by their pseudonym; None: for whoever parks it."""

    for_: Annotated[_Pseudonym | None, Field(alias="for")] = None


class Seen(_Body):
    """What was seen of a video: how long (ms) its reasons were on the screen, how many of its peaks were opened, and
    how long (ms) it was played.
    """

    painted_ms: Annotated[int, Field(ge=0)]
    peaks_opened: Annotated[int, Field(ge=0)] = 0
    played_ms: Annotated[int, Field(ge=0)] = 0


class DecisionBody(_Body):
    """A decision. `etag` and `seen_decision` are those of the item that was shown. `content_changed` says that somebody
    has been told that the object holds another content by now, and decides the one that was analysed all the same.
    """

    video_id: _VideoId
    action: Action
    reasons: Annotated[list[_Code], Field(max_length=MOST_REASONS)] = []
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] | None = None
    age: int | None = None
    territories: Annotated[list[_Territory], Field(max_length=_MOST_TERRITORIES)] = []
    warning_label: Annotated[str, StringConstraints(max_length=LONGEST_WARNING)] | None = None
    demote: bool = False
    demonetise: bool = False
    to: Action | None = None
    appeal: Annotated[str, StringConstraints(max_length=LONGEST_APPEAL)] | None = None
    seen_decision: Annotated[int, Field(ge=0)]
    etag: _Name | None = None
    content_changed: bool = False
    idempotency_key: Annotated[str, StringConstraints(min_length=8, max_length=100)]
    seen: Seen


class SealBody(_Body):
    """Why a video is sealed."""

    kind: EscalationKind = EscalationKind.CHILD_SAFETY


class Input(_Body):
    """How long (seconds) somebody has been at work since they last said so."""

    seconds: Annotated[int, Field(ge=0, le=LONGEST_STRETCH_S)]
