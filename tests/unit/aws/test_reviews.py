"""The row of a video: what is written is read, and only whoever has read what stands there may change it."""

from dataclasses import replace

import pytest

from reelsift.aws.reviews import Reviews
from reelsift.aws.table import ConditionFailed
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.video_verdict import Basis, VideoVerdict
from support.jobs import VIDEO
from support.memory_table import MemoryTable

MODERATION, LABELS = Analysis.CONTENT_MODERATION, Analysis.LABELS
REASON = Peak(MODERATION, "Gore", ("Violence",), 96.5, 500, 80.0, ())
NAMESAKE = Peak(Analysis.CELEBRITIES, "Jane Doe", (), 95.5, 500, 80.0, (), known_as="1AbC2dE")
REJECT = VideoVerdict(
    video=VIDEO,
    verdict=Verdict.REJECT,
    missing=(LABELS,),
    basis=Basis({MODERATION: 1}, "policy"),
    reasons=(REASON, NAMESAKE),
    judged_ms=1_000,
    alerted=((MODERATION, "Gore"),),
    unsent=frozenset({"a1"}),
)
NEWER = replace(REJECT, verdict=Verdict.APPROVE, missing=(), basis=Basis({MODERATION: 1, LABELS: 1}, "policy"))


async def test_a_verdict_is_read_as_it_was_written() -> None:
    reviews = Reviews(MemoryTable("reviews"))
    assert await reviews.get(VIDEO.video_id) is None
    await reviews.change(REJECT, None)
    assert await reviews.get(VIDEO.video_id) == REJECT
    assert await reviews.get_many([VIDEO.video_id, "another"]) == {VIDEO.video_id: REJECT}
    assert await reviews.get_many([]) == {}


async def test_nobody_writes_over_what_they_have_not_read() -> None:
    reviews = Reviews(MemoryTable("reviews"))
    await reviews.change(REJECT, None)
    with pytest.raises(ConditionFailed):
        await reviews.change(NEWER, None)
    await reviews.change(NEWER, REJECT)
    with pytest.raises(ConditionFailed):
        await reviews.change(replace(REJECT, basis=Basis({MODERATION: 2}, "policy")), REJECT)
    assert await reviews.get(VIDEO.video_id) == NEWER


async def test_an_alert_that_is_sent_while_a_verdict_is_made_is_not_unsent_again() -> None:
    reviews = Reviews(MemoryTable("reviews"))
    await reviews.change(replace(REJECT, unsent=frozenset({"a1", "a2"})), None)
    read = await reviews.get(VIDEO.video_id)
    assert read is not None
    await reviews.alert_sent(VIDEO.video_id, "a1")
    await reviews.change(replace(NEWER, unsent=read.unsent | {"a3"}), read)
    now = await reviews.get(VIDEO.video_id)
    assert now is not None
    assert now.unsent == {"a2", "a3"}


async def test_an_approved_video_leaves_the_index_of_those_to_look_at() -> None:
    reviews = Reviews(MemoryTable("reviews"))
    await reviews.change(REJECT, None)
    assert [each async for each in reviews.flagged(Verdict.REJECT)] == [REJECT]
    assert [each async for each in reviews.flagged(Verdict.REJECT, since_ms=1_001)] == []
    await reviews.change(NEWER, REJECT)
    for verdict in Verdict:
        assert [each async for each in reviews.flagged(verdict)] == []
