"""What pages of reviewers ask for."""

from typing import Any

from starlette.routing import BaseRoute

from reelsift.console.call import Call
from reelsift.console.endpoint import endpoint, for_everybody
from reelsift.console.reviewing import bodies
from reelsift.console.reviewing.decisions import OwnDecisions
from reelsift.console.reviewing.desk import Desk
from reelsift.console.reviewing.me import colleagues, me
from reelsift.console.reviewing.media import media_link
from reelsift.console.reviewing.preferences import Preferences
from reelsift.console.reviewing.queues import queue_list
from reelsift.console.reviewing.training import Training
from reelsift.console.viewer import EVERYBODY, Role
from reelsift.domain.video import VIDEO_ID
from reelsift.errors import NothingKnown

_TRAINING = "training"


def _desk(call: Call) -> Desk:
    return Desk(call.resources, call.viewer)


def _deciding(call: Call) -> OwnDecisions:
    return OwnDecisions(call.resources, call.viewer, _desk(call))


def _video_id(call: Call) -> str:
    """The video that is asked about. Raises NothingKnown for what is the id of none."""
    video_id = call.path("video_id")
    if not VIDEO_ID.fullmatch(video_id):
        raise NothingKnown(video_id)
    return video_id


def _in_training(call: Call) -> bool:
    return call.query(_TRAINING) == "1"


async def _me(call: Call) -> dict[str, Any]:
    return await me(call.resources, call.viewer) | {"training": _in_training(call)}


async def _put_preferences(call: Call) -> dict[str, Any]:
    preferences = await call.body(Preferences)
    await call.deployment.reviewer_rows.put_preferences(call.viewer.who.by, preferences.model_dump())
    return preferences.model_dump()


async def _queues(call: Call) -> dict[str, Any]:
    return {"queues": await queue_list(call.resources, call.viewer)}


async def _colleagues(call: Call) -> list[dict[str, Any]]:
    return await colleagues(call.resources, call.viewer)


async def _next(call: Call) -> dict[str, Any]:
    asked = await call.body(bodies.Asked)
    if _in_training(call):
        return Training.built_in().next(asked.done, now_ms=call.resources.clock.now_ms())
    desk = _desk(call)
    given = await desk.next(asked.queues, ahead=asked.ahead)
    if "video_id" in given and await call.request.is_disconnected():
        # The window that has asked is gone: nobody would give it back, or say that they are at it.
        await desk.give_back(given["video_id"])
    return given


async def _held(call: Call) -> dict[str, Any]:
    if _in_training(call):
        return Training.built_in().again(call.path("video_id"), now_ms=call.resources.clock.now_ms())
    return await _desk(call).held(_video_id(call))


async def _renew(call: Call) -> dict[str, Any]:
    await call.body(bodies.Nothing)
    if _in_training(call):
        return {"renewed_ms": call.resources.clock.now_ms()}
    return {"renewed_ms": await _desk(call).renew(_video_id(call))}


async def _release(call: Call) -> None:
    released = await call.body(bodies.Released)
    if not _in_training(call):
        draft = None if released.draft is None else released.draft.model_dump()
        await _desk(call).release(_video_id(call), draft)


async def _skip(call: Call) -> None:
    await call.body(bodies.Nothing)
    if not _in_training(call):
        await _desk(call).skip(_video_id(call))


async def _park(call: Call) -> None:
    parked = await call.body(bodies.ParkedFor)
    if not _in_training(call):
        await _desk(call).park(_video_id(call), parked.for_)


async def _unplayable(call: Call) -> None:
    await call.body(bodies.Nothing)
    if not _in_training(call):
        await _desk(call).pass_on_unplayable(_video_id(call))


async def _break(call: Call) -> None:
    taken = await call.body(bodies.Break)
    if _in_training(call):
        return
    if taken.draft is None:
        await _desk(call).take_break()
    else:
        await _desk(call).take_break(taken.draft.video_id, taken.draft.model_dump(exclude={"video_id"}))


async def _put_draft(call: Call) -> None:
    draft = await call.body(bodies.Draft)
    if not _in_training(call):
        await _desk(call).keep_draft(_video_id(call), draft.model_dump())


async def _delete_draft(call: Call) -> None:
    if not _in_training(call):
        await call.deployment.reviewer_rows.delete_draft(call.viewer.who.by, _video_id(call))


async def _link(call: Call) -> dict[str, Any]:
    await call.body(bodies.Nothing)
    return await media_link(call.resources, call.viewer, _video_id(call))


async def _seal(call: Call) -> None:
    seal = await call.body(bodies.SealBody)
    if not _in_training(call):
        await _deciding(call).seal(_video_id(call), seal.kind)


async def _decide(call: Call) -> dict[str, Any]:
    decision = await call.body(bodies.DecisionBody)
    if _in_training(call):
        return Training.built_in().answer(decision.video_id, decision.action, decision.reasons)
    return await _deciding(call).decide(decision)


async def _undo(call: Call) -> dict[str, Any]:
    await call.body(bodies.Nothing)
    if _in_training(call):
        return Training.built_in().again(call.path("video_id"), now_ms=call.resources.clock.now_ms())
    return await _deciding(call).undo(_video_id(call), call.number("number"))


async def _own_decisions(call: Call) -> list[dict[str, Any]]:
    return [] if _in_training(call) else await _deciding(call).today()


async def _reopen(call: Call) -> dict[str, Any]:
    await call.body(bodies.Nothing)
    return await _deciding(call).reopen(_video_id(call))


async def _input(call: Call) -> dict[str, Any]:
    spent = await call.body(bodies.Input)
    if _in_training(call):
        return {"minutes": 0}
    desk = _desk(call)
    day = await call.deployment.reviewer_rows.add_to_day(
        call.viewer.who.by, desk.today(), now_ms=call.resources.clock.now_ms(), seconds=spent.seconds
    )
    return {"minutes": day.seconds // 60}


_REVIEWERS = frozenset({Role.REVIEWER})
_CLAIM = "/claims/{video_id}"

ROUTES: list[BaseRoute] = [
    for_everybody("/me", _me),
    for_everybody("/me/preferences", _put_preferences, methods=("PUT",)),
    for_everybody("/queues", _queues),
    endpoint("/colleagues", _colleagues, roles=_REVIEWERS),
    endpoint("/next", _next, methods=("POST",), roles=_REVIEWERS),
    endpoint(_CLAIM, _held, roles=_REVIEWERS),
    endpoint(f"{_CLAIM}/renew", _renew, methods=("POST",), roles=_REVIEWERS),
    endpoint(f"{_CLAIM}/release", _release, methods=("POST",), roles=_REVIEWERS),
    endpoint(f"{_CLAIM}/skip", _skip, methods=("POST",), roles=_REVIEWERS),
    endpoint(f"{_CLAIM}/park", _park, methods=("POST",), roles=_REVIEWERS),
    endpoint(f"{_CLAIM}/unplayable", _unplayable, methods=("POST",), roles=_REVIEWERS),
    endpoint("/break", _break, methods=("POST",), roles=_REVIEWERS),
    endpoint("/drafts/{video_id}", _put_draft, methods=("PUT",), roles=_REVIEWERS),
    endpoint("/drafts/{video_id}", _delete_draft, methods=("DELETE",), roles=_REVIEWERS),
    endpoint("/videos/{video_id}/link", _link, methods=("POST",), roles=EVERYBODY),
    endpoint("/videos/{video_id}/seal", _seal, methods=("POST",), roles=EVERYBODY),
    endpoint("/decisions", _decide, methods=("POST",), roles=_REVIEWERS),
    endpoint("/decisions/{video_id}/{number}/undo", _undo, methods=("POST",), roles=_REVIEWERS),
    endpoint("/my/decisions", _own_decisions, roles=_REVIEWERS),
    endpoint("/my/decisions/{video_id}/reopen", _reopen, methods=("POST",), roles=_REVIEWERS),
    endpoint("/input", _input, methods=("POST",), roles=_REVIEWERS),
]
"""Below `/api`."""
