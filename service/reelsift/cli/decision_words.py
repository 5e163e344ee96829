"""What became of a decision, for people and for programs."""

from typing import TYPE_CHECKING, Any

from reelsift.domain.decision import Action

if TYPE_CHECKING:
    from reelsift.domain.status import VideoStatus
    from reelsift.reviews.deciding import Decided
    from reelsift.reviews.opining import Opined


def opined_members(opined: "Opined") -> dict[str, Any]:
    """An opinion that was taken down, as JSON: the same members, as far as there is something to say."""
    opinion, row = opined.opinion, opined.row
    return {
        "video_id": opinion.video_id,
        "video": None if row.video is None else row.video.uri,
        "decision": None,
        "opinion": opinion.decision,
        "action": str(opinion.action),
        "reasons": [reason.code for reason in opinion.reasons],
        "by": opinion.by,
        "at_ms": opinion.at_ms,
        "agrees": opinion.agrees,
        "changed": False,
        "repeated": opined.repeated,
        "interrupted": None if opined.interrupted is None else opined.interrupted.by,
    }


def opined_words(opined: "Opined", *, undo_s: float) -> str:
    """A sentence or two."""
    video = _video(opined.row)
    if opined.repeated:
        return f"{video}: this opinion was taken down before"
    told = f"{video} was decided by somebody else before: this was taken down as a second opinion on it"
    if not opined.opinion.agrees:
        told += "; the two do not agree, so a third person is asked, and until then what was decided stands"
    if opined.interrupted is not None:
        told += f"\n{opined.interrupted.by} was just looking at it, and has been asked to look at something else"
    if not undo_s:
        return told
    return f"{told}\nfor {undo_s:g} s `reelsift review opinion {opined.opinion.video_id} withdraw` takes it back"


def decided_members(decided: "Decided") -> dict[str, Any]:
    """As JSON."""
    decision, row = decided.decision, decided.row
    return {
        "video_id": decision.video_id,
        "video": None if row.video is None else row.video.uri,
        "decision": decision.number,
        "action": str(decision.action),
        "reasons": [reason.code for reason in decision.reasons],
        "by": decision.by,
        "at_ms": decision.at_ms,
        "status": None if row.status is None else str(row.status),
        "restriction": None if row.restriction is None else row.restriction.members(),
        "revision": row.revision,
        "changed": decision.revision != 0,
        "repeated": decided.repeated,
        "interrupted": None if decided.interrupted is None else decided.interrupted.by,
    }


def decided_words(decided: "Decided", *, undo_s: float) -> str:
    """A sentence or two."""
    decision, row = decided.decision, decided.row
    if decided.repeated:
        return f"{_video(row)}: this was decided before: decision {decision.number} ({decision.action})"
    status = f"{_video(row)} is {row.status}" + ("" if decision.revision else " as before")
    if decision.action is Action.WITHDRAW:
        return f"{status}: decision {decision.withdraws} was withdrawn by decision {decision.number}"
    told = f"{status}: decision {decision.number}"
    if row.sealed:
        return f"{told}; it is sealed: only specialists see and decide it"
    if decided.interrupted is not None:
        told += f"\n{decided.interrupted.by} was just looking at it, and has been asked to look at something else"
    if decision.appeal is not None:
        outcome = "granted" if decision.action is Action.OVERTURN else "dismissed"
        return f"{told}; the appeal {decision.appeal} was {outcome}"
    if not decision.revision or not undo_s:
        return told
    return f"{told}\nfor {undo_s:g} s nobody is told: until then `{undo_command(decided)}` takes it back unheard"


def undo_command(decided: "Decided") -> str:
    """The command that takes a decision back."""
    return f"reelsift decide {decided.decision.video_id} withdraw --decision {decided.decision.number}"


def _video(row: "VideoStatus") -> str:
    return row.video_id if row.video is None else row.video.uri
