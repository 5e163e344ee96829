"""The policy: whether it can be used, and whether what it needs is asked for."""

from collections.abc import AsyncIterator

from reelsift.aws.checkup.finding import Finding, Grade
from reelsift.aws.clients import Clients
from reelsift.domain.policy import Policy
from reelsift.domain.unseen_thresholds import UnseenThresholds
from reelsift.errors import PolicyUnusable
from reelsift.policies import configured_policy
from reelsift.settings import Settings

SUBJECT = "policy"


async def check_policy(_clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    """Asks AWS for nothing."""
    try:
        policy = configured_policy(settings)
    except PolicyUnusable as error:
        yield Finding(SUBJECT, Grade.BROKEN, str(error), "mend it: no worker starts with it")
        return
    findings = [*_lacking(policy, settings), *_hardly_meant(policy), *_unseen(policy, settings)]
    for finding in findings:
        yield finding
    if not findings:
        needs = ", ".join(sorted(policy.needs)) or "no analysis: it alerts, and gives no verdict"
        yield Finding(SUBJECT, Grade.OK, f"{policy.digest}, needs {needs}")


def _lacking(policy: Policy, settings: Settings) -> list[Finding]:
    lacking = sorted(policy.needs.difference(settings.analyses))
    if not lacking:
        return []
    state = f"it needs {' and '.join(lacking)}, which REELSIFT_ANALYSES does not name: no video is approved without"
    return [Finding(SUBJECT, Grade.WARNING, state, "add them there, name them for each line, or take out their rules")]


def _unseen(policy: Policy, settings: Settings) -> list[Finding]:
    return [
        Finding(SUBJECT, Grade.WARNING, _what_is_unseen(unseen), "lower the setting, or raise the thresholds to it")
        for unseen in policy.unseen(settings.options)
    ]


def _what_is_unseen(unseen: UnseenThresholds) -> str:
    thresholds = "a threshold lies" if unseen.count == 1 else f"{unseen.count:,} thresholds lie"
    return (
        f"of {unseen.analysis} {thresholds} below {unseen.least:g}, the lowest at {unseen.lowest:g}; but nothing below"
        f" {unseen.least:g} is seen (REELSIFT_{unseen.option.name.upper()})"
    )


def _hardly_meant(policy: Policy) -> list[Finding]:
    findings = [
        Finding(
            SUBJECT,
            Grade.WARNING,
            f"{unknown.place} names {unknown.name}, which nobody knows: it has no effect there",
            f"did you mean {unknown.nearest}?",
        )
        for unknown in policy.unknown
    ]
    if policy.fractions:
        state = "all thresholds lie below 1, so that nearly every label passes them"
        findings.append(Finding(SUBJECT, Grade.WARNING, state, "write confidences from 0 to 100"))
    return findings
