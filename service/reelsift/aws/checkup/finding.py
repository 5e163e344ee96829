"""What an examination finds: one thing, its state, and what to do about it."""

from collections.abc import Awaitable
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of, message_of

_MISSING = frozenset(
    {
        "404",
        "AWS.SimpleQueueService.NonExistentQueue",
        "NoSuchBucket",
        "NoSuchEntity",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)
_FORBIDDEN = frozenset({"403", "AccessDenied", "AccessDeniedException", "AuthorizationError", "Forbidden"})


class Grade(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """It may work, but not as it should, or it could not be examined."""
    BROKEN = "broken"
    """The deployment cannot work like this."""


class Remedy(Enum):
    """What to do about a finding where the program that examines has a way of its own for it."""

    OTHER_CREDENTIALS = auto()
    """Sign in anew, or as somebody else."""
    START_A_WORKER = auto()
    """Start a worker, or find out why the platform starts none."""
    WAIT_OR_GIVE_UP = auto()
    """Wait until a job ends by itself, or give it up."""
    READ_DEAD_LETTERS = auto()
    """See why messages died, and send back to work what can be done again."""
    RELEASE_WHAT_IS_HELD = auto()
    """Go on with what somebody holds, once the reason for it is gone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` is what was examined, `state` what is so, `mend` what to do where that is not well, in words or as a
    remedy that the caller words.
    """

    subject: str
    grade: Grade
    state: str
    mend: str | Remedy = ""


async def guarded(
    subject: str, check: Awaitable[Finding], *, missing: str, forbidden: Grade = Grade.WARNING
) -> Finding:
    """The finding of `check`, or what AWS's refusal says: `missing` is the mend where the thing does not exist,
    `forbidden` how bad it is that these credentials may not examine it.
    """
    try:
        return await check
    except ClientError as error:
        if code_of(error) in _MISSING:
            return Finding(subject, Grade.BROKEN, "does not exist in this account and region", missing)
        if code_of(error) in _FORBIDDEN:
            return Finding(
                subject,
                forbidden,
                "these credentials may not look at it",
                f"allow {error.operation_name}, or look with other credentials",
            )
        words = f"{error.operation_name}: {code_of(error)}: {message_of(error)}"
        return Finding(subject, Grade.BROKEN, words, "see what AWS says; try again if it is passing")
