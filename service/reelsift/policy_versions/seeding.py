"""The first version of a deployment's policy, made by whichever worker begins first."""

import structlog

from reelsift.aws.model_versions import ModelVersions
from reelsift.aws.policy_versions import PolicyMoved, PolicyVersions
from reelsift.domain.policy import Policy
from reelsift.domain.policy_version import PolicyVersion
from reelsift.policies import BUILT_IN
from reelsift.runtime.clock import Clock

SEEDED_BY = "worker"
"""Who made the first version, where the others name an AWS identity."""

_log = structlog.get_logger(__name__)


class Seeding:
    """Makes a first version of the policy that a worker's settings hold, and no other."""

    def __init__(
        self,
        *,
        policy_versions: PolicyVersions,
        model_versions: ModelVersions,
        policy: Policy,
        source: str,
        clock: Clock,
    ) -> None:
        """`source` says where the policy comes from: the name of a setting, or BUILT_IN."""
        self._policy_versions = policy_versions
        self._model_versions = model_versions
        self._policy = policy
        self._source = source
        self._clock = clock

    async def found(self, live: PolicyVersion | None) -> None:
        """Make the first version where there is none. Where there is one, say if the setting holds another policy: it
        has no effect.
        """
        if live is None:
            await self._seed()
        elif self._source != BUILT_IN and self._policy.document_digest != live.document:
            first = await self._policy_versions.of_epoch(1)
            if first is None or first.document != self._policy.document_digest:
                _log.warning(
                    "policy_setting_ignored",
                    setting=self._source,
                    live_epoch=live.epoch,
                    then="the live version holds: a setting only makes the first",
                )

    async def _seed(self) -> None:
        version = PolicyVersion.first(
            self._policy,
            by=SEEDED_BY,
            at_ms=self._clock.now_ms(),
            note=f"the first version, from {self._source}",
            known_models=await self._model_versions.met(),
        )
        await self._policy_versions.put_document(self._policy)
        try:
            await self._policy_versions.change(version, None)
        except PolicyMoved:
            # Another worker was first.
            return
        _log.info("policy_seeded", source=self._source, judging=version.judging, handling=version.handling)
