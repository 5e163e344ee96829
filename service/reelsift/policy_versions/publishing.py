"""Another version of the policy goes live: first what it would be, for whoever is to say yes to it, then that."""

from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.aws.policy_versions import PolicyMoved, PolicyUnreadable
from reelsift.domain.policy import Policy
from reelsift.domain.policy_version import PolicyVersion
from reelsift.errors import NoOlderPolicy, NoSuchEpoch, NoteTooLong, PolicyChangedMeanwhile
from reelsift.policies import configured_policy
from reelsift.runtime.clock import now_ms

LONGEST_NOTE = 1_000
"""Characters of the note of a version: every worker reads it every 15 seconds."""


@dataclass(frozen=True, slots=True)
class Succession:
    """What may go live, and what it would follow: `before` is None where there is no version yet. `policy_before` is
    None where that cannot be read.
    """

    before: PolicyVersion | None
    policy_before: Policy | None
    after: PolicyVersion
    policy_after: Policy

    @property
    def judges_otherwise(self) -> bool:
        """Whether videos may get another verdict by it."""
        return self.before is None or self.after.judging != self.before.judging

    @property
    def changes_nothing(self) -> bool:
        """Whether all of it holds already."""
        return self.before is not None and self.after.says_the_same(self.before)


async def propose(
    deployment: Deployment, policy: Policy | None, *, note: str = "", auto_reject: bool | None = None
) -> Succession:
    """What would be live after a policy is applied; None keeps the one that is. `auto_reject` sets whether machines
    reject, None leaves that as it is. Writes nothing. Raises NoteTooLong, and PolicyUnreadable.
    """
    _check(note)
    before = await deployment.policy_versions.live()
    by, models = await deployment.caller.principal(), await deployment.model_versions.met()
    policy_before = None if before is None else await _readable(deployment, before, needed=policy is None)
    chosen = policy or policy_before or configured_policy(deployment.settings)
    if before is None:
        after = PolicyVersion.first(chosen, by=by, at_ms=now_ms(), note=note, known_models=models)
    else:
        after = before.with_policy(chosen, by=by, at_ms=now_ms(), note=note, known_models=models)
    if auto_reject is not None:
        after = after.with_auto_reject(auto_reject)
    return Succession(before, policy_before, after, chosen)


async def propose_return(deployment: Deployment, epoch: int | None, *, note: str = "") -> Succession:
    """What would be live after a return to the document of an older epoch; of None, to the newest that is another than
    the live one. Whether machines reject stays as it is, and the models that are known are those that were then.
    Writes nothing. Raises NoteTooLong, NoSuchEpoch, NoOlderPolicy, and PolicyUnreadable.
    """
    _check(note)
    policy_versions = deployment.policy_versions
    before = await policy_versions.live()
    if before is None:
        raise NoOlderPolicy
    older = await _older(deployment, before) if epoch is None else await policy_versions.of_epoch(epoch)
    if older is None:
        raise NoOlderPolicy if epoch is None else NoSuchEpoch(epoch)
    policy = await policy_versions.policy_of(older)
    after = before.with_policy(
        policy,
        by=await deployment.caller.principal(),
        at_ms=now_ms(),
        note=note or f"back to epoch {older.epoch}",
        known_models=older.known_models,
    )
    return Succession(before, await _readable(deployment, before, needed=False), after, policy)


async def publish(deployment: Deployment, succession: Succession) -> None:
    """Make it live: the document first, then pointer and log at once. Whatever breaks off leaves the old version or the
    new one. May be repeated. Raises PolicyChangedMeanwhile.
    """
    policy_versions = deployment.policy_versions
    await policy_versions.put_document(succession.policy_after)
    try:
        await policy_versions.change(succession.after, succession.before)
    except PolicyMoved:
        raise PolicyChangedMeanwhile from None


async def _readable(deployment: Deployment, version: PolicyVersion, *, needed: bool) -> Policy | None:
    """The policy of a version. One that cannot be read may be followed by another all the same: that mends it."""
    try:
        return await deployment.policy_versions.policy_of(version)
    except PolicyUnreadable:
        if needed:
            raise
        return None


async def _older(deployment: Deployment, live: PolicyVersion) -> PolicyVersion | None:
    async for version in deployment.policy_versions.log():
        if version.document != live.document:
            return version
    return None


def _check(note: str) -> None:
    if len(note) > LONGEST_NOTE:
        raise NoteTooLong(len(note), LONGEST_NOTE)
