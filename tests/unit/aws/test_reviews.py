"""The row of a video: what is written is read, and only whoever has read what stands there may change it."""

from dataclasses import replace

import pytest

from reelsift.aws.review_rows import SHARDS, shard_of
from reelsift.aws.reviews import MOST_EVENTS, MOST_HISTORY, Content, Reviews
from reelsift.aws.table import ConditionFailed, TransactionRefused
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.reevaluation import Reevaluated
from reelsift.domain.status import By, Restriction, Status, StatusReason, VideoStatus
from reelsift.domain.status_changes import decided, failed, judged
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
NEW = VideoStatus.new(VIDEO)
ANN = By(person="ann")


def reviews_of(table: MemoryTable | None = None, *, with_events: bool = True) -> Reviews:
    return Reviews(table or MemoryTable("reviews"), with_events=with_events)


async def test_a_row_is_read_as_it_was_written() -> None:
    reviews = reviews_of()
    assert await reviews.get(VIDEO.video_id) is None
    restriction = Restriction(age=18, territories=("DE", "FR"), warning_label="blood", demote=True)
    row = replace(
        decided(
            judged(NEW, REJECT, duration_ms=2_000),
            Status.RESTRICTED,
            number=1,
            by=ANN,
            at_ms=2,
            restriction=restriction,
            reasons=[StatusReason(code="gore", confidence=96.5)],
            tell_at_ms=12,
        ),
        context={"owner": "o-1"},
        asked_by=("batch", "list.csv:1"),
        versions=("v1", "v2"),
    )
    assert row.verdict is not None
    by = Reevaluated("reevaluation-1", "list.csv:1", verdict="approve")
    row = replace(row, verdict=replace(row.verdict, reevaluated=by))
    written = await reviews.write(row, None)
    assert written == replace(row, edition=1)
    assert await reviews.get(VIDEO.video_id) == written
    assert await reviews.get_many([VIDEO.video_id, "another"]) == {VIDEO.video_id: written}
    assert await reviews.get_many([]) == {}


async def test_a_failure_is_read_as_it_was_written() -> None:
    reviews = reviews_of()
    refusal = Failure(Reason.TOO_LARGE, "11 GB")
    row = await reviews.write(failed(NEW, refusal, video=VIDEO, policy=By("policy"), at_ms=1), None)
    assert (row.status, row.failure) == (Status.FAILED, refusal)
    assert await reviews.get(VIDEO.video_id) == row


async def test_nobody_writes_over_what_they_have_not_read() -> None:
    reviews = reviews_of()
    first = await reviews.write(judged(NEW, REJECT), None)
    with pytest.raises(ConditionFailed):
        await reviews.write(judged(NEW, NEWER), None)
    # A decision that changes no status counts too: a verdict that does not know of it would.
    second = await reviews.write(decided(first, Status.IN_REVIEW, number=1, by=ANN, at_ms=2), first)
    assert second.revision == first.revision
    with pytest.raises(ConditionFailed):
        await reviews.write(judged(first, NEWER), first)
    _, parts = reviews.write_items(judged(first, NEWER), first)
    with pytest.raises(TransactionRefused):
        await reviews.table.transact(parts)
    assert await reviews.get(VIDEO.video_id) == second


async def test_an_alert_that_is_sent_while_a_verdict_is_made_is_not_unsent_again() -> None:
    reviews = reviews_of()
    await reviews.write(judged(NEW, replace(REJECT, unsent=frozenset({"a1", "a2"}))), None)
    read = await reviews.get(VIDEO.video_id)
    assert read is not None
    assert read.verdict is not None
    await reviews.alert_sent(VIDEO.video_id, "a1")
    await reviews.write(judged(read, replace(NEWER, unsent=read.verdict.unsent | {"a3"})), read)
    now = await reviews.get(VIDEO.video_id)
    assert now is not None
    assert now.verdict is not None
    assert now.verdict.unsent == {"a2", "a3"}


async def test_an_approved_video_leaves_the_indexes_of_those_to_look_at() -> None:
    reviews = reviews_of()
    row = await reviews.write(judged(NEW, REJECT), None)
    assert [each async for each in reviews.flagged(Verdict.REJECT)] == [row]
    assert [each async for each in reviews.flagged(Verdict.REJECT, since_ms=1_001)] == []
    assert [each async for each in reviews.with_status(Status.IN_REVIEW)] == [row]
    assert [each async for each in reviews.with_status(Status.IN_REVIEW, since_ms=1_001)] == []
    await reviews.write(judged(row, NEWER), row)
    for verdict in Verdict:
        assert [each async for each in reviews.flagged(verdict)] == []
    for status in Status:
        assert [each async for each in reviews.with_status(status)] == []


async def test_a_sealed_video_is_in_no_index() -> None:
    reviews = reviews_of()
    row = await reviews.write(judged(NEW, REJECT), None)
    sealed = decided(row, Status.REJECTED, number=1, by=ANN, at_ms=2, seal=True)
    await reviews.write(sealed, row)
    assert [each async for each in reviews.flagged(Verdict.REJECT)] == []
    assert [each async for each in reviews.with_status(Status.REJECTED)] == []


async def test_videos_of_a_status_come_newest_first_whichever_shard_they_are_in() -> None:
    reviews = reviews_of()
    videos = [replace(VIDEO, key=f"{number}.mp4") for number in range(30)]
    assert len({shard_of(video.video_id) for video in videos}) == SHARDS
    for number, video in enumerate(videos):
        verdict = replace(REJECT, video=video, judged_ms=number * 7 % 30)
        await reviews.write(judged(VideoStatus.new(video), verdict), None)
    found = [row.changed_ms async for row in reviews.with_status(Status.IN_REVIEW)]
    assert found == sorted(range(30), reverse=True)


async def test_a_key_names_each_content_that_has_a_status() -> None:
    reviews = reviews_of()
    other = replace(VIDEO, etag="other")
    row = await reviews.write(judged(NEW, REJECT), None)
    await reviews.write(judged(row, NEWER), row)
    await reviews.write(judged(VideoStatus.new(other), replace(REJECT, video=other)), None)
    contents = await reviews.contents_of_key(VIDEO.bucket, VIDEO.key)
    assert {content.video_id: content for content in contents} == {
        video.video_id: Content(video.video_id, VIDEO.bucket, VIDEO.key, video.etag) for video in (VIDEO, other)
    }
    assert await reviews.contents_of_key(VIDEO.bucket, "another.mp4") == []


async def test_no_revision_is_lost_from_a_row_that_grows() -> None:
    table = MemoryTable("reviews")
    reviews = reviews_of(table)
    row, made = await reviews.write(judged(NEW, REJECT), None), 2 * MOST_HISTORY + 5
    for number in range(1, made):
        status = Status.APPROVED if number % 2 else Status.REJECTED
        row = await reviews.write(decided(row, status, number=number, by=ANN, at_ms=number), row)
        assert await reviews.get(VIDEO.video_id) == row
        assert len(row.history) <= MOST_HISTORY
        assert len(row.unpublished) <= MOST_EVENTS
    assert [revision.number async for revision in reviews.history(row)] == list(range(1, made + 1))
    kept = {event.revision.number for event in row.unpublished}
    beside = {int(part.removeprefix("event#")) for _, part in table.rows if part.startswith("event#")}
    assert (kept | beside, kept & beside) == (set(range(1, made + 1)), set())
    assert (row.more_events, row.tell_at_ms is not None) == (True, True)


async def test_where_nobody_listens_verdicts_leave_nothing_to_be_told() -> None:
    reviews = reviews_of(with_events=False)
    row = await reviews.write(judged(NEW, REJECT), None)
    assert (row.revision, row.unpublished) == (1, ())
    assert await reviews.get(VIDEO.video_id) == row


async def test_whoever_decides_without_knowing_of_bus_and_tags_leaves_both_to_workers_that_do() -> None:
    table = MemoryTable("reviews")
    worker, person = Reviews(table, with_events=True, with_tags=True), reviews_of(table, with_events=False)
    row = await worker.write(judged(NEW, REJECT), None)
    written = table.rows[VIDEO.video_id, "status"]
    del written["untagged"], written["tag_at"]
    later = await person.write(decided(row, Status.APPROVED, number=1, by=ANN, at_ms=2, tell_at_ms=12), row)
    assert [event.revision.number for event in later.unpublished] == [1, 2]
    assert await worker.get(VIDEO.video_id) == later
    written = table.rows[VIDEO.video_id, "status"]
    assert (written["tell_at"], written["tag_at"]) == (12, 0)
    assert {"untold", "untagged"} <= written.keys()
