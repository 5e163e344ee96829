"""What a policy says and hardly means, for the log of a worker."""

import structlog

from reelsift.domain.analyses.options import Values
from reelsift.domain.policy import Policy

_log = structlog.get_logger(__name__)


def log_policy(policy: Policy, options: Values) -> None:
    """Log what may be a mistake in the policy that a worker judges by, where nobody reads warnings: a rule that never
    holds lets videos through. So does a threshold below what is seen, by the options of the analyses.

    It goes on: a label may be newer than this release.
    """
    for unknown in policy.unknown:
        _log.error(
            "policy_label_unknown",
            place=unknown.place,
            label=unknown.name,
            nearest=unknown.nearest,
            then="it has no effect there",
        )
    if policy.fractions:
        _log.error("policy_thresholds_below_1", then="nearly every label passes them: confidences are 0 to 100")
    for unseen in policy.unseen(options):
        _log.error(
            "policy_threshold_unseen",
            analysis=str(unseen.analysis),
            threshold=unseen.lowest,
            thresholds=unseen.count,
            setting=unseen.option.name,
            then=f"nothing below {unseen.least:g} is seen",
        )
