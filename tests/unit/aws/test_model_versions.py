"""A model that was never met is told once, by one of all workers, and costs nothing for every other result."""

import asyncio

from reelsift.aws.model_versions import MOST_VERSIONS, ModelVersions
from reelsift.domain.analysis import Analysis
from support.memory_table import MemoryTable
from support.memory_worker import MODERATION, MemoryWorker, succeeded


async def test_the_first_version_of_all_is_no_news_and_each_later_one_is_told_once() -> None:
    table = MemoryTable("batches")
    one, other = ModelVersions(table), ModelVersions(table)
    told = [await each.see(MODERATION, version, now_ms=1) for version in ("7", "8", "8", "7") for each in (one, other)]
    assert told == [False, False, True, False, False, False, False, False]


async def test_of_workers_that_meet_it_at_the_same_moment_one_tells_it() -> None:
    table = MemoryTable("batches")
    await ModelVersions(table).see(MODERATION, "7", now_ms=1)
    told = await asyncio.gather(*(ModelVersions(table).see(MODERATION, "8", now_ms=2) for _ in range(5)))
    assert sorted(told) == [False] * 4 + [True]


async def test_each_analysis_has_versions_of_its_own_and_no_row_grows_without_end() -> None:
    table = MemoryTable("batches")
    versions = ModelVersions(table)
    assert not await versions.see(MODERATION, "7", now_ms=1)
    assert not await versions.see(Analysis.LABELS, "7", now_ms=1)
    for number in range(2 * MOST_VERSIONS):
        assert await versions.see(MODERATION, f"8.{number}", now_ms=1)
    row = await table.get({"batch_id": "models", "part": "content_moderation"})
    assert row is not None
    assert len(row["versions"]) == MOST_VERSIONS


async def test_a_worker_counts_a_new_version_of_an_answer_that_rekognition_gave() -> None:
    worker = MemoryWorker()
    for key, version in (("a.mp4", "7.0"), ("b.mp4", "7.0"), ("c.mp4", "8.0"), ("d.mp4", "8.0")):
        await worker.admit(worker.line(key))
        worker.rekognition.pages.append(succeeded() | {"ModerationModelVersion": version})
        worker.complete(await worker.job(key))
        await worker.receive_completions()
    assert worker.metrics.counted["NewModelVersion", "content_moderation"] == 1
