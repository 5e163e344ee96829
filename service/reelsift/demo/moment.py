"""How far a batch is at one moment, from the deployment's own tables."""

from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.domain.batch import Counts, total_counts
from reelsift.domain.job import Attempt, JobKey


@dataclass(frozen=True, slots=True)
class Moment:
    """`held` has the key of the video in each slot that is held; `total` are the lines of the batch."""

    quota: int
    held: dict[int, str]
    counts: Counts
    total: int
    open_jobs: int

    @property
    def over(self) -> bool:
        """Whether every line has its outcome and nothing is left to be handed out: alerts come before the closing."""
        return self.counts.ended >= self.total and self.open_jobs == 0


class Tables:
    """Reads moments. Which video a slot's holder is of never changes, so it is read once."""

    def __init__(self, deployment: Deployment, batch_id: str, total: int) -> None:
        self._deployment = deployment
        self._batch_id = batch_id
        self._total = total
        self._videos: dict[JobKey, str] = {}

    async def read(self) -> Moment:
        deployment = self._deployment
        holders = {slot.number: slot.holder for slot in await deployment.slots.all() if slot.holder}
        return Moment(
            quota=await deployment.quota.value(),
            held={number: await self._video(Attempt.parse(holder).key) for number, holder in holders.items()},
            counts=total_counts([chunk async for chunk in deployment.chunks.of_batch(self._batch_id)]),
            total=self._total,
            open_jobs=sum((await deployment.jobs.count_open()).values()),
        )

    async def _video(self, key: JobKey) -> str:
        if key not in self._videos:
            job = await self._deployment.jobs.get(key)
            self._videos[key] = job.video.key if job else str(key)
        return self._videos[key]
