"""What a policy says and hardly means: labels that nobody knows, thresholds that are fractions."""

from reelsift.cli.terminal import warn
from reelsift.domain.policy import Policy


def warn_of_policy(policy: Policy) -> None:
    """Say on stderr what may be a mistake in a policy that can be used."""
    if policy.unknown_labels:
        warn(f"no moderation label is called {', '.join(policy.unknown_labels)}: mistyped, or newer than reelsift")
    if policy.fractions:
        warn(
            "all thresholds of the policy lie below 1, so that nearly every label passes them: confidences are 0 to"
            " 100, and 0.8 of another service is 80 here"
        )
