"""A policy may name labels that nobody knows: mistyped, or newer than reelsift."""

from reelsift.cli.terminal import warn
from reelsift.domain.policy import Policy


def warn_of_unknown_labels(policy: Policy) -> None:
    if policy.unknown_labels:
        warn(f"no moderation label is called {', '.join(policy.unknown_labels)}: mistyped, or newer than reelsift")
