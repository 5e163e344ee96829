"""The live policy, for whoever is no worker: commands read it when they need it."""

from reelsift.aws.deployment import Deployment
from reelsift.aws.remembered import Remembered
from reelsift.domain.handling import Handling
from reelsift.domain.policy import Policy
from reelsift.domain.policy_version import Live, PolicyVersion
from reelsift.policies import configured_policy

FRESH_S = 15.0
"""A command that runs for long reads the live policy again after this."""


async def read_live(deployment: Deployment) -> Live:
    """What the deployment judges by now. Where no worker has made a first version yet, the policy that the settings
    here hold, with epoch 0. Raises PolicyUnreadable, and PolicyUnusable for that of the settings.
    """
    policy_versions = deployment.policy_versions
    version = await policy_versions.live()
    if version is None:
        policy = configured_policy(deployment.settings)
        return Live(policy, _not_yet(policy))
    return Live(await policy_versions.policy_of(version), version)


class LiveHandling:
    """What people are asked, by the live policy."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._live: Remembered[Live] = Remembered(lambda _: FRESH_S)

    async def __call__(self) -> Handling:
        """Raises as `read_live`."""
        return (await self._live.get(self._read)).policy.handling

    async def _read(self) -> Live:
        return await read_live(self._deployment)


def _not_yet(policy: Policy) -> PolicyVersion:
    return PolicyVersion(0, policy.document_digest, policy.digest, policy.handling.digest, by="", at_ms=0)
