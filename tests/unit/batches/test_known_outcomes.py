"""Which lines end as they stand in their list."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from reelsift.aws.reviews import Reviews
from reelsift.batches.send.known_outcomes import KnownOutcomes
from reelsift.domain.analysis import Analysis
from reelsift.domain.barrier import Barrier
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line, LineId
from reelsift.domain.video import ObjectRef
from support.clocks import SetClock
from support.live import always
from support.memory_table import MemoryTable
from support.memory_worker import MemoryWorker

LINE = Line(LineId("b", "m.csv:1", 0), ObjectRef("videos", "a.mp4", etag="e"), submitted_ms=1)


def known_outcomes() -> KnownOutcomes:
    """Of a deployment that has analysed nothing yet."""

    async def get_readable(_keys: Any) -> tuple[dict[Any, Any], set[Any]]:
        return {}, set()

    settings = SimpleNamespace(data_buckets=frozenset({"videos"}), analyses=(), prices={})
    return KnownOutcomes(
        jobs=cast("Any", SimpleNamespace(get_readable=get_readable)),
        reviews=Reviews(MemoryTable("reviews"), with_events=False),
        untagged=None,
        needs=always(frozenset({Analysis.CONTENT_MODERATION})),
        settings=cast("Any", settings),
        start_settings=cast("Any", None),
        clock=SetClock(),
    )


@pytest.mark.parametrize("barrier", Barrier)
async def test_what_the_list_calls_unreadable_ends_in_the_first_round_alone(barrier: Barrier) -> None:
    line = replace(LINE, ref=replace(LINE.ref, barrier=barrier), analyses=(Analysis.CONTENT_MODERATION,))
    outcomes = await known_outcomes().outcomes([line])
    expected = Reason.ARCHIVED if barrier.is_archive else Reason.CUSTOMER_KEY
    assert outcomes["m.csv:1"].reason is expected
    retried = replace(line, id=replace(line.id, round=2))
    assert await known_outcomes().outcomes([retried]) == {}, "S3 is asked: it may have been restored since"


async def test_where_objects_are_tagged_one_whose_outcome_is_known_is_tagged_too() -> None:
    worker = MemoryWorker(tag_objects=True)
    await worker.admit(worker.line())
    worker.complete(await worker.job())
    await worker.receive_completions()
    assert worker.parts.tagger is not None
    stored = worker.s3.put("videos", "a.mp4", "etag of a.mp4", "v1")
    await worker.parts.tagger.step()
    await worker.parts.tagger.drain()
    assert stored.tags == {"reelsift-status": "approved"}
    again = worker.s3.put("videos", "a.mp4", "etag of a.mp4", "v2")
    worker.clock.move(1)
    listed = replace(worker.line().ref, etag="etag of a.mp4", version_id="v2")
    line = Line(LineId("another", "m.csv:1", 0), listed, worker.clock.now_ms())
    known = KnownOutcomes(
        jobs=worker.deployment.jobs,
        reviews=worker.deployment.reviews,
        untagged=worker.deployment.untagged,
        needs=always(frozenset({Analysis.CONTENT_MODERATION})),
        settings=worker.settings,
        start_settings=worker.deployment.start_settings,
        clock=worker.clock,
    )
    outcomes = await known.outcomes([line])
    assert outcomes["m.csv:1"].reason is Reason.ALREADY_ANALYSED
    await worker.parts.tagger.step()
    await worker.parts.tagger.drain()
    assert again.tags == {"reelsift-status": "approved"}


async def test_a_row_that_this_version_cannot_read_leaves_its_line_alone_to_whoever_meets_it() -> None:
    worker = MemoryWorker()
    names = ["a.mp4", "of a later job.mp4", "of a later row.mp4"]
    for name in names:
        await worker.admit(worker.line(name))
        worker.complete(await worker.job(name))
        await worker.receive_completions()
    ids = [(await worker.job(name)).key.video_id for name in names]
    worker.tables["jobs"].rows[ids[1], "content_moderation"]["state"] = "OF_A_LATER_VERSION"
    worker.tables["reviews"].rows[ids[2], "status"]["status"] = "of_a_later_version"
    known = KnownOutcomes(
        jobs=worker.deployment.jobs,
        reviews=worker.deployment.reviews,
        untagged=None,
        needs=always(frozenset({Analysis.CONTENT_MODERATION})),
        settings=worker.settings,
        start_settings=worker.deployment.start_settings,
        clock=worker.clock,
    )
    refs = [ObjectRef("videos", name, etag=f"etag of {name}") for name in names]
    lines = [Line(LineId("another", ref.key, 0), ref, submitted_ms=1) for ref in refs]
    assert set(await known.outcomes(lines)) == {"a.mp4"}
