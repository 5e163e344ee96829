"""The policy: whether the live one can be read, and whether what it needs is asked for."""

from collections.abc import AsyncIterator

from reelsift.aws.checkup.finding import Finding, Grade, guarded
from reelsift.aws.clients import Clients
from reelsift.aws.objects import WorkBucket
from reelsift.aws.policy_versions import PolicyUnreadable, PolicyVersions
from reelsift.aws.table import Table
from reelsift.domain.policy import Policy
from reelsift.domain.unseen_thresholds import UnseenThresholds
from reelsift.errors import PolicyUnusable
from reelsift.policies import configured_policy
from reelsift.settings import Settings

SUBJECT = "policy"

_MISSING = "check REELSIFT_DEPLOYMENT and the region, or deploy first"


async def check_policy(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    """What holds, and what is odd about it. Before the first worker has started that is what the settings say."""
    try:
        policy = configured_policy(settings)
    except PolicyUnusable as error:
        yield Finding(SUBJECT, Grade.BROKEN, str(error), "mend it: no worker starts with it")
        return
    work = WorkBucket(clients.s3, settings.work_bucket)
    versions = PolicyVersions(Table(clients.dynamodb, settings.table_name("batches")), work)
    read: list[Policy] = []
    yield await guarded(SUBJECT, _live(versions, policy, read), missing=_MISSING)
    for live in read:
        for finding in oddities(live, settings):
            yield finding


def oddities(policy: Policy, settings: Settings) -> list[Finding]:
    """What a policy hardly means, and what a deployment of these settings does not give it."""
    return [*_lacking(policy, settings), *_hardly_meant(policy), *_unseen(policy, settings)]


async def _live(versions: PolicyVersions, configured: Policy, read: list[Policy]) -> Finding:
    """Whether the live policy can be read. It is left in `read`."""
    try:
        version = await versions.live()
        policy = configured if version is None else await versions.policy_of(version)
    except PolicyUnreadable as error:
        return Finding(SUBJECT, Grade.BROKEN, str(error), "make another one live: until then nothing is judged")
    read.append(policy)
    epoch = "not live before a worker has started" if version is None else f"live as epoch {version.epoch}"
    needs = ", ".join(sorted(policy.needs)) or "no analysis: it alerts, and gives no verdict"
    return Finding(SUBJECT, Grade.OK, f"{policy.digest}, {epoch}, needs {needs}")


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
