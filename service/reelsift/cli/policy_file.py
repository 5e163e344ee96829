"""The policy that a file or a setting holds, or the built-in one."""

from pathlib import Path
from typing import TYPE_CHECKING

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.terminal import warn
from reelsift.domain.policy import Policy
from reelsift.domain.rules import PolicyError

if TYPE_CHECKING:
    from reelsift.settings import Settings


def read_policy(file: Path | None) -> Policy:
    """The policy of a file, the built-in one for None. Raises CommandError; warns of labels nobody knows."""
    if file is None:
        return Policy.built_in()
    try:
        return _parse(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}", Exit.WRONG_USE) from error
    except (PolicyError, UnicodeDecodeError) as error:
        raise CommandError(f"{file}: {error}", Exit.WRONG_USE) from error


def configured_policy(settings: "Settings") -> Policy:
    """The policy that the settings hold themselves or name a file of. Raises CommandError like `read_policy`."""
    if settings.policy_document is None:
        return read_policy(settings.policy)
    try:
        return _parse(settings.policy_document)
    except PolicyError as error:
        raise CommandError(f"REELSIFT_POLICY_DOCUMENT: {error}", Exit.WRONG_USE) from error


def _parse(text: str) -> Policy:
    policy = Policy.parse(text)
    if policy.unknown_labels:
        warn(f"no moderation label is called {', '.join(policy.unknown_labels)}: mistyped, or newer than reelsift")
    return policy
