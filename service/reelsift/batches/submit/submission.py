"""A batch in the making: its sources are read, its cost is estimated, and only then it is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from reelsift.aws.deployment import Deployment
from reelsift.aws.policy_versions import PolicyUnreadable
from reelsift.batches.paid_videos import read_paid_videos
from reelsift.batches.submit.estimate import Estimate, Terms
from reelsift.batches.submit.inventory import survey_inventory
from reelsift.batches.submit.look_ahead import look_ahead
from reelsift.batches.submit.resolve import resolve
from reelsift.batches.submit.sources import InventoryManifest, NamedSource, Prefix
from reelsift.batches.submit.staging import Staging
from reelsift.batches.submit.survey import Survey
from reelsift.batches.tick import send_tick
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import AT_ONCE_MS, Batch, BatchState, ImportTerms
from reelsift.domain.filters import Filters
from reelsift.errors import InventoryNotAlone, NothingReadable, NothingToSubmit, PolicyUnusable
from reelsift.policy_versions.current import read_live
from reelsift.runtime.clock import now_ms

DESCRIPTION_LENGTH = 200
"""Characters of the sources' names that a batch keeps."""

OnLines = Callable[[int], None]
"""Called now and then with how many lines have been read."""


@dataclass(frozen=True, slots=True)
class SubmitOrder:
    """What is to become a batch.

    `name` is what to call it, its sources' names for None. `analyses` are those of the deployment where none are named,
    and so is `share`, whether videos of identical content are analysed once, for None. With `again` what was analysed
    before is analysed, and paid, once more. `priority` is 0 to 2,147,483,647, higher first. Nothing is started that
    would pass `max_cost_micros` (millionths of a US dollar). With `imports` each row brings a recorded answer in, and
    nothing is started.
    """

    sources: Sequence[NamedSource]
    name: str | None = None
    analyses: tuple[Analysis, ...] = ()
    priority: int = 0
    again: bool = False
    share: bool | None = None
    max_cost_micros: int | None = None
    filters: Filters = field(default_factory=Filters)
    imports: ImportTerms | None = None

    @property
    def description(self) -> str:
        """The names of the sources, cut off where they are many."""
        return ", ".join(source.name for source in self.sources)[:DESCRIPTION_LENGTH]


def _ignore(_lines: int) -> None:
    """Nobody asked how far it is."""


class Submission:
    """One order on its way to a batch; an asynchronous context manager: `read`, `estimate`, `check`, `commit` and
    `dispatch`, in this order.

    Where it ends without having come to `commit`, there is no batch, and nothing of it stays in the work bucket. With
    `dry` nothing is stored there in the first place, and it cannot be committed.
    """

    def __init__(self, deployment: Deployment, order: SubmitOrder, *, dry: bool = False) -> None:
        self._deployment = deployment
        self._order = order
        self._dry = dry
        self._for_workers: InventoryManifest | None = None
        self._staging: Staging | None = None
        self.source = order.description
        """What the batch keeps as its source."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if self._staging is not None:
            await self._staging.discard()

    async def read(self, on_lines: OnLines = _ignore) -> Survey:
        """Read the sources, an inventory in the work bucket only in part: the workers can read it themselves.

        Raises PrefixNotAllowed, SeveralInventories, InventoryNotAlone, SourceUnusable, CompressedManifest,
        ForeignManifest and InventoryRefused.
        """
        deployment, filters = self._deployment, self._order.filters
        sources = [found for named in self._order.sources for found in await resolve(deployment, named)]
        inventory = next((source for _, source in sources if isinstance(source, InventoryManifest)), None)
        if inventory is not None:
            if len(sources) > 1:
                raise InventoryNotAlone(inventory.uri)
            self.source = inventory.uri
            self._for_workers = inventory if inventory.bucket == deployment.work.bucket else None
        staging = Staging(
            deployment,
            filters,
            dry=self._dry or self._for_workers is not None,
            imports=self._order.imports is not None,
        )
        self._staging = staging

        def on_step() -> None:
            on_lines(staging.survey.lines)

        if self._for_workers is not None:
            await survey_inventory(deployment, self._for_workers, filters, staging.survey, on_step)
        else:
            await staging.read(sources, on_step)
        return staging.survey

    async def estimate(self) -> Estimate:
        """What the batch may take and cost, by what was read, what AWS knows of it, and what earlier batches took."""
        deployment, order, survey = self._deployment, self._order, self._staged.survey
        analyses = order.analyses or deployment.settings.analyses
        terms = Terms(
            prices={analysis: deployment.settings.price_per_minute(analysis) for analysis in analyses},
            quota=await deployment.quota.value(),
            least_billed_ms=deployment.settings.least_billed_ms,
            again=order.again,
            max_cost_micros=order.max_cost_micros,
            needs=await _needs(deployment),
        )
        ahead = await look_ahead(deployment, survey, analyses)
        paid = await read_paid_videos(deployment.batches, deployment.chunks, deployment.settings.analyses)
        return Estimate(survey, ahead, paid, terms)

    def check(self) -> None:
        """Refuse a batch of nothing. Raises NothingReadable and NothingToSubmit."""
        survey = self._staged.survey
        if survey.lines and survey.lines == survey.bad:
            raise NothingReadable(self.source)
        # Of an inventory that was read in part the workers may find lines in the rest.
        if not survey.lines and survey.scale == 1:
            prefix = all(isinstance(named.source, Prefix) for named in self._order.sources)
            raise NothingToSubmit(self.source, survey.passed_over.total(), prefix=prefix)

    async def commit(self) -> Batch:
        """Make the batch: from here on the workers do it, whatever becomes of this process."""
        staging = self._staged
        batch = self._batch(staging)
        await staging.commit(batch)
        return batch

    async def dispatch(self, batch: Batch) -> None:
        """Write the rows of its chunks and wake the workers. Whatever this leaves undone the workers do later."""
        await self._staged.open_chunks(batch)
        await send_tick(self._deployment.intake_for(priority=batch.urgent))

    def _batch(self, staging: Staging) -> Batch:
        order, survey = self._order, staging.survey
        batch = Batch(
            batch_id=staging.batch_id,
            name=order.name or order.description,
            source=self.source,
            created_ms=now_ms(),
            total=None,
            chunks=0,
            analyses=order.analyses,
            again=order.again,
            priority=order.priority,
            max_cost_micros=order.max_cost_micros,
            filters=order.filters,
            imports=order.imports,
            share=self._deployment.settings.share_identical if order.share is None else order.share,
            due_at_ms=AT_ONCE_MS,
        )
        manifest = self._for_workers
        if manifest is not None:
            return replace(
                batch, state=BatchState.PREPARING, manifest_bucket=manifest.bucket, manifest_key=manifest.key
            )
        return replace(
            batch,
            total=survey.lines,
            chunks=staging.chunks,
            size=survey.size,
            passed_over=tuple(sorted(survey.passed_over.items())),
        )

    @property
    def _staged(self) -> Staging:
        assert self._staging is not None, "the sources have not been read"  # noqa: S101 - a fault of the caller
        return self._staging


async def _needs(deployment: Deployment) -> frozenset[Analysis] | None:
    try:
        return (await read_live(deployment)).policy.needs
    except (PolicyUnusable, PolicyUnreadable):
        # Nothing is lost by not knowing it here. Workers judge nothing while they cannot read it either.
        return None


async def submit(deployment: Deployment, order: SubmitOrder) -> Batch:
    """Make a batch of an order, without an estimate. Raises what `Submission.read` and `Submission.check` raise."""
    async with Submission(deployment, order) as submission:
        await submission.read()
        submission.check()
        batch = await submission.commit()
        await submission.dispatch(batch)
        return batch


async def estimate(deployment: Deployment, order: SubmitOrder) -> Estimate:
    """What an order would take and cost. Stores nothing. Raises what `Submission.read` raises."""
    async with Submission(deployment, order, dry=True) as submission:
        await submission.read()
        return await submission.estimate()
