"""What a retry makes of lines that ended for a reason, in a few words."""

from reelsift.batches.retry.choice import RetryEffect
from reelsift.domain.failure import Reason

WHY_NEVER = {
    Reason.BAD_LINE: "no object is known of such a line; mend the row and submit it",
    Reason.BAD_MESSAGE: "no object is known of such a message; mend it and send it again",
    Reason.ALREADY_ANALYSED: "such a video has its result already; `reelsift submit … --again` analyses it anew",
    Reason.FILTERED: "the batch's own filters left such a line out; submit it without them",
    Reason.SHARED: "such a line has succeeded",
    Reason.IMPORTED: "such a line has succeeded",
    Reason.RESULT_GONE: "the result was deleted; `reelsift submit … --again` analyses the video anew",
    Reason.POLICY_CHANGED: "no line ends so; `reelsift reevaluate` acts by the policy that is live",
    Reason.SEALED: "only specialists decide such a video",
}
"""Why no retry can change a reason, and what can be done instead."""

_HOW_NAMED = {
    Reason.START_UNKNOWN: "perhaps paid already: --reason start_unknown starts it again and may pay twice",
    Reason.PARTLY_FAILED: "it has the analyses that it must have; --reason partly_failed does the others again",
    Reason.CANCELLED: "--reason cancelled",
    Reason.MAX_COST: "--reason max_cost with a new --max-cost",
}
"""How reasons are named that are taken up only then."""


def then(effect: RetryEffect, reason: Reason | None) -> str:
    """What becomes of the lines that ended for `reason`."""
    match effect, reason:
        case RetryEffect.AGAIN, Reason.START_UNKNOWN:
            return "again, and may be paid twice"
        case RetryEffect.AGAIN, _:
            return "again"
        case RetryEffect.NEVER, Reason():
            return f"stays: {WHY_NEVER[reason]}"
        case RetryEffect.NAMED_ONLY, Reason():
            return f"stays: {_HOW_NAMED[reason]}"
        case RetryEffect.NO_OBJECT, _:
            return "stays: no object is known of it"
        case _:
            return "stays: not chosen"
