"""What a run has left behind, read from the deployment's tables and queues and from the cloud's own ledger."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.demo.mailbox import AlertMessage
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Counts, total_counts
from reelsift.domain.job import Job, JobKey
from reelsift.domain.outcome import Outcome
from reelsift.domain.video_verdict import VideoVerdict
from reelsift.queries.demand import measure


@dataclass(frozen=True, slots=True)
class EndedBatch:
    """A batch that has ended: what became of its lines, in the order of the manifest, and what was counted."""

    outcomes: Sequence[Outcome]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Remains:
    """What still stands somewhere and should not."""

    slots_held: int
    open_jobs: int
    messages: int
    dead_letters: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """The cloud's own ledger: each job of Rekognition, and the summary."""

    jobs: Sequence[Mapping[str, Any]]
    summary: Mapping[str, Any]

    def billed_ms(self, analysis: Analysis) -> int:
        """The length of the videos for which an analysis was billed."""
        return sum(job["billed_ms"] for job in self.jobs if job["operation"] == analysis.spec.start)


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that is shown and checked. `closer` is the batch of further analyses. `jobs` are the videos' content
    moderations by video id, `verdicts` their verdicts; `means` are the mean confidences, by video id, of the label that
    reached the highest.
    """

    first: EndedBatch
    closer: EndedBatch
    second: EndedBatch
    jobs: Mapping[str, Job]
    verdicts: Mapping[str, VideoVerdict]
    means: Mapping[str, float]
    mails: Sequence[AlertMessage]
    ledger_between: Ledger
    ledger: Ledger
    remains: Remains
    exit_codes: Sequence[int]

    @property
    def batches(self) -> dict[str, EndedBatch]:
        """All three, by what the page calls them."""
        return {"first": self.first, "closer": self.closer, "second": self.second}


async def read_batch(deployment: Deployment, batch_id: str) -> EndedBatch:
    chunks = [chunk async for chunk in deployment.chunks.of_batch(batch_id)]
    outcomes = [outcome for chunk in chunks async for outcome in deployment.outcomes.of_chunk(batch_id, chunk.number)]
    return EndedBatch(sorted(outcomes, key=_row), total_counts(chunks))


async def read_jobs(deployment: Deployment, batch: EndedBatch) -> dict[str, Job]:
    """The content moderations that the lines of a batch have met, by video id."""
    ids = dict.fromkeys(outcome.video_id for outcome in batch.outcomes if outcome.video_id)
    keys = [JobKey(video_id, Analysis.CONTENT_MODERATION) for video_id in ids]
    return {job.key.video_id: job for job in await deployment.jobs.get_many(keys)}


async def read_verdicts(deployment: Deployment, jobs: Mapping[str, Job]) -> dict[str, VideoVerdict]:
    """The verdicts of the videos of these jobs, by video id."""
    rows = await deployment.reviews.get_many(list(jobs))
    return {video_id: row.verdict for video_id, row in rows.items() if row.verdict is not None}


async def read_means(deployment: Deployment, jobs: Mapping[str, Job]) -> dict[str, float]:
    """For each video that has labels, the mean confidence of the one that reached the highest."""
    means: dict[str, float] = {}
    for video_id, job in jobs.items():
        for row in await deployment.labels.of_video(video_id):
            if row["analysis"] == job.analysis and row["label"] == job.result.peak_label:
                samples = [(samples, mean) for _, _, samples, _, mean, _ in json.loads(row["segments"])]
                means[video_id] = sum(count * mean for count, mean in samples) / sum(count for count, _ in samples)
    return means


async def read_remains(deployment: Deployment) -> Remains:
    demand = await measure(deployment)
    return Remains(
        slots_held=demand.held,
        open_jobs=sum(demand.open_jobs.values()),
        messages=demand.messages,
        dead_letters=sum([await dead.depth() for dead in deployment.dead.values()]),
    )


def _row(outcome: Outcome) -> int:
    return int(outcome.id.line.rpartition(":")[2])
