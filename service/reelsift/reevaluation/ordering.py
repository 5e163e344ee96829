"""A re-evaluation is ordered: by whoever has seen what it would change."""

import secrets
from datetime import UTC, datetime

from reelsift.aws.deployment import Deployment
from reelsift.batches.tick import send_tick
from reelsift.domain.batch import AT_ONCE_MS, Batch
from reelsift.domain.policy_version import Live
from reelsift.domain.reevaluation import USUAL_RATE, Reevaluation, walks_for
from reelsift.errors import NoPolicyYet, ReevaluatedPolicyChanged, ReevaluationUnderWay
from reelsift.runtime.clock import now_ms

BATCHES_LOOKED_AT = 1_000
"""Batches under way that are looked at for another re-evaluation."""


async def check(deployment: Deployment, live: Live) -> None:
    """Whether a re-evaluation by this version may begin. Raises NoPolicyYet where no worker has ever made a version,
    and ReevaluationUnderWay where one is not over yet.
    """
    if not live.epoch:
        raise NoPolicyYet
    for batch in await deployment.batches.active(BATCHES_LOOKED_AT):
        if batch.reevaluation is not None:
            raise ReevaluationUnderWay(batch.batch_id)


async def order(
    deployment: Deployment,
    live: Live,
    *,
    of_batch: str | None = None,
    since_ms: int | None = None,
    videos: int | None = None,
    rate: int = USUAL_RATE,
) -> Batch:
    """Have the fleet give stored answers the verdict of this version: of all videos, of those of a batch, or of those
    whose verdict was made since a time (epoch milliseconds). `videos` is how many these are, as far as is known.

    From here on the workers do it, whatever becomes of this process. Raises as `check` does, and
    ReevaluatedPolicyChanged where another version is live by now: what that would change nobody has seen.
    """
    await check(deployment, live)
    version = await deployment.policy_versions.live()
    if version is None or version.epoch != live.epoch:
        raise ReevaluatedPolicyChanged(live.epoch, 0 if version is None else version.epoch)
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    batch = Batch(
        batch_id=name,
        name=f"re-evaluation by epoch {live.epoch} of the policy",
        source="the archive" if of_batch is None else f"the videos of {of_batch}",
        created_ms=now_ms(),
        total=None,
        chunks=0,
        reevaluation=Reevaluation(
            epoch=live.epoch,
            policy=live.policy.digest,
            walks=walks_for(videos),
            of_batch=of_batch,
            since_ms=since_ms,
            videos=videos,
            rate=rate,
        ),
        due_at_ms=AT_ONCE_MS,
    )
    await deployment.batches.create(batch)
    await send_tick(deployment.intake_for(priority=batch.urgent))
    return batch
