"""What a policy says and hardly means: labels that nobody knows, thresholds that are fractions."""

from reelsift.cli.terminal import warn
from reelsift.domain.analyses.options import Values
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


def log_policy(policy: Policy, options: Values) -> None:
    """The same for the log of a worker, where nobody reads warnings: a rule that never holds lets videos through. So
    does a threshold below what is seen, by the options of the analyses.

    It goes on: a label may be newer than this release.
    """
    import structlog

    log = structlog.get_logger(__name__)
    for unknown in policy.unknown:
        log.error(
            "policy_label_unknown",
            place=unknown.place,
            label=unknown.name,
            nearest=unknown.nearest,
            then="it has no effect there",
        )
    if policy.fractions:
        log.error("policy_thresholds_below_1", then="nearly every label passes them: confidences are 0 to 100")
    for unseen in policy.unseen(options):
        log.error(
            "policy_threshold_unseen",
            analysis=str(unseen.analysis),
            threshold=unseen.lowest,
            thresholds=unseen.count,
            setting=unseen.option.name,
            then=f"nothing below {unseen.least:g} is seen",
        )
