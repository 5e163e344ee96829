"""The policy that a file holds, or the built-in one."""

from pathlib import Path

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.terminal import warn
from reelsift.domain.policy import Policy
from reelsift.domain.rules import PolicyError


def read_policy(file: Path | None) -> Policy:
    """The policy of a file, the built-in one for None. Raises CommandError; warns of labels nobody knows."""
    if file is None:
        return Policy.built_in()
    try:
        policy = Policy.parse(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}", Exit.WRONG_USE) from error
    except (PolicyError, UnicodeDecodeError) as error:
        raise CommandError(f"{file}: {error}", Exit.WRONG_USE) from error
    if policy.unknown_labels:
        warn(f"no moderation label is called {', '.join(policy.unknown_labels)}: mistyped, or newer than reelsift")
    return policy
