"""What a policy says and hardly means: labels that nobody knows, thresholds that are fractions."""

from reelsift.cli.terminal import warn
from reelsift.domain.policy import Policy


def warn_of_policy(policy: Policy) -> None:
    """Say on stderr what may be a mistake in a policy that can be used."""
    for unknown in policy.unknown:
        warn(f"the policy's {unknown.place} names {unknown.name}, which nobody knows: did you mean {unknown.nearest}?")
    if policy.fractions:
        warn(
            "all thresholds of the policy lie below 1, so that nearly every label passes them: confidences are 0 to"
            " 100, and 0.8 of another service is 80 here"
        )
