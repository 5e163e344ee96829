"""The policy: whether the live one can be read, and whether what it needs is asked for."""

from collections.abc import AsyncIterator

from reelsift.aws.checkup.finding import Finding, Grade, guarded
from reelsift.aws.clients import Clients
from reelsift.aws.objects import WorkBucket
from reelsift.aws.policy_versions import PolicyUnreadable, PolicyVersions
from reelsift.aws.table import Table
from reelsift.domain.policy import Policy
from reelsift.domain.policy_doubts import doubts_of
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
    policy_versions = PolicyVersions(Table(clients.dynamodb, settings.table_name("batches")), work)
    read: list[Policy] = []
    yield await guarded(SUBJECT, _live(policy_versions, policy, read), missing=_MISSING)
    for live in read:
        for finding in oddities(live, settings):
            yield finding


def oddities(policy: Policy, settings: Settings) -> list[Finding]:
    """What a policy hardly means, and what a deployment of these settings does not give it."""
    doubts = doubts_of(policy, settings.options)
    return [
        *_lacking(policy, settings),
        *(Finding(SUBJECT, Grade.WARNING, doubt.sentence, doubt.mend) for doubt in doubts),
    ]


async def _live(policy_versions: PolicyVersions, configured: Policy, read: list[Policy]) -> Finding:
    """Whether the live policy can be read. It is left in `read`."""
    try:
        version = await policy_versions.live()
        policy = configured if version is None else await policy_versions.policy_of(version)
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
