"""What is told of a video's status: what is so now, every revision, and which videos have a status."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from reelsift.aws.deployment import Deployment
from reelsift.aws.reviews import MOST_HISTORY
from reelsift.cli.status_view import print_history, show_history, told_context, told_status
from reelsift.domain.analysis import Analysis
from reelsift.domain.decision import Action
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.status import By, Restriction, Status, VideoStatus
from reelsift.domain.status_changes import decided, failed, judged, withdrawn
from reelsift.domain.status_told import status_members, tombstone_members
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from reelsift.errors import ApprovedNotIndexed, NoHistory, NotAVideo, NothingAskedFor
from reelsift.queries.findings import Query, find
from reelsift.queries.video_history import read_history
from support.memory_stores import BUCKET
from support.memory_worker import MemoryWorker
from support.recorded_decisions import RecordedDecisions

VIDEO = Video(BUCKET, "a.mp4", "etag", size=7)
GORE = Peak(Analysis.CONTENT_MODERATION, "Gore", (), 96.5, 500, 80.0, ())
ANN = By(person="p-ann")


def verdict(video: Video, made: Verdict, *, at_ms: int = 1_000) -> VideoVerdict:
    basis = Basis({Analysis.CONTENT_MODERATION: 1}, "policy")
    return VideoVerdict(video, made, (), basis, () if made is Verdict.APPROVE else (GORE,), judged_ms=at_ms)


async def judge(
    deployment: Deployment, key: str, made: Verdict, *, etag: str = "etag", at_ms: int = 1_000
) -> VideoStatus:
    video = Video(BUCKET, key, etag)
    return await deployment.reviews.write(judged(VideoStatus.new(video), verdict(video, made, at_ms=at_ms)), None)


async def decide(deployment: Deployment, was: VideoStatus, status: Status, *, at_ms: int) -> VideoStatus:
    restriction = Restriction(age=18) if status is Status.RESTRICTED else None
    number = was.last_decision + 1
    row = decided(was, status, number=number, by=ANN, at_ms=at_ms, restriction=restriction)
    return await deployment.reviews.write(row, was)


async def found(deployment: Deployment, query: Query) -> list[tuple[str, str | None]]:
    return [(each.video.rpartition("/")[2], each.status) async for each in find(deployment, query)]


async def test_a_key_tells_the_history_of_every_content_it_has_had() -> None:
    deployment = MemoryWorker().deployment
    first = await judge(deployment, "a.mp4", Verdict.REVIEW)
    await decide(deployment, first, Status.REJECTED, at_ms=2_000)
    await judge(deployment, "a.mp4", Verdict.APPROVE, etag="other", at_ms=1_500)
    contents = await read_history(deployment, f"s3://{BUCKET}/a.mp4")
    assert [(each.row.video and each.row.video.etag, [it.status for it in each.revisions]) for each in contents] == [
        ("other", [Status.APPROVED]),
        ("etag", [Status.IN_REVIEW, Status.REJECTED]),
    ]
    (one,) = await read_history(deployment, first.video_id)
    assert [revision.number for revision in one.revisions] == [1, 2]


async def test_no_revision_is_left_out_of_a_long_history() -> None:
    deployment = MemoryWorker().deployment
    row = await judge(deployment, "a.mp4", Verdict.REVIEW)
    made = MOST_HISTORY * 2
    for number in range(1, made):
        row = await decide(deployment, row, (Status.APPROVED, Status.REJECTED)[number % 2], at_ms=number)
    (content,) = await read_history(deployment, row.video_id)
    assert [revision.number for revision in content.revisions] == list(range(1, made + 1))


@pytest.mark.parametrize("named", ["0" * 40, f"s3://{BUCKET}/never.mp4"])
async def test_what_never_had_a_status_has_no_history(named: str) -> None:
    with pytest.raises(NoHistory):
        await read_history(MemoryWorker().deployment, named)


async def test_what_is_no_video_has_no_history() -> None:
    with pytest.raises(NotAVideo):
        await read_history(MemoryWorker().deployment, "nothing")


async def test_videos_are_found_by_the_status_they_have_now_the_latest_first() -> None:
    deployment = MemoryWorker().deployment
    for number in range(20):
        await judge(deployment, f"{number}.mp4", Verdict.REVIEW, at_ms=1_000 + number)
    row = await judge(deployment, "decided.mp4", Verdict.REJECT)
    await decide(deployment, row, Status.REJECTED, at_ms=5_000)
    approved = await judge(deployment, "approved.mp4", Verdict.REJECT)
    await decide(deployment, approved, Status.APPROVED, at_ms=5_000)
    waiting = await found(deployment, Query(status=Status.IN_REVIEW))
    assert waiting == [(f"{number}.mp4", "in_review") for number in reversed(range(20))]
    assert await found(deployment, Query(status=Status.IN_REVIEW, since_ms=1_018)) == waiting[:2]
    assert await found(deployment, Query(status=Status.REJECTED)) == [("decided.mp4", "rejected")]
    by_verdict = await found(deployment, Query(verdict=Verdict.REJECT))
    assert sorted(by_verdict) == [("approved.mp4", "approved"), ("decided.mp4", "rejected")]
    both = Query(verdict=Verdict.REJECT, status=Status.APPROVED)
    assert await found(deployment, both) == [("approved.mp4", "approved")]
    assert await found(deployment, Query(verdict=Verdict.REVIEW, status=Status.REJECTED)) == []


@pytest.mark.parametrize(
    "asked", [{"status": Status.APPROVED}, {"status": Status.APPROVED, "verdict": Verdict.APPROVE}]
)
def test_approved_videos_have_no_index(asked: dict[str, Status | Verdict]) -> None:
    with pytest.raises(ApprovedNotIndexed):
        Query(**asked)  # type: ignore[arg-type]


def test_a_search_for_nothing_is_none() -> None:
    with pytest.raises(NothingAskedFor):
        Query()


async def test_of_a_forgotten_video_the_decision_that_stands_is_told() -> None:
    reviews = MemoryWorker().deployment.reviews

    async def told_when_forgotten(row: VideoStatus) -> str:
        stored = await reviews.write(row, await reviews.get(row.video_id))
        await reviews.entomb(stored)
        tombstone = await reviews.get(row.video_id)
        assert tombstone is not None
        assert tombstone_members(tombstone) is not None
        return told_status(tombstone)

    row = judged(VideoStatus.new(VIDEO), verdict(VIDEO, Verdict.REJECT))
    assert tombstone_members(row) is None
    assert await told_when_forgotten(row) == "forgotten"
    restricted = decided(row, Status.RESTRICTED, number=1, by=ANN, at_ms=2, restriction=Restriction(age=18))
    assert await told_when_forgotten(restricted) == "forgotten; restricted (from 18 years) by decision 1"
    tombstone = await reviews.get(VIDEO.video_id)
    assert tombstone is not None
    again = judged(tombstone, verdict(VIDEO, Verdict.APPROVE))
    assert told_status(again) == "restricted (from 18 years) by decision 1; since when and why was forgotten"


def test_what_is_told_of_a_status_says_who_and_why() -> None:
    row = judged(VideoStatus.new(VIDEO), verdict(VIDEO, Verdict.REJECT))
    assert told_status(None) == "none"
    assert told_status(VideoStatus.new(VIDEO)) == "none"
    assert told_status(row) == (
        "in_review; since 1970-01-01 00:00 UTC, revision 1; verdict of policy policy; Gore 96.5 %"
    )
    restriction = Restriction(age=18, territories=("DE",), warning_label="gore", demote=True)
    row = decided(row, Status.RESTRICTED, number=1, by=ANN, at_ms=60_000, restriction=restriction)
    assert told_status(row) == (
        "restricted (not recommended, from 18 years, warning 'gore', in DE); since 1970-01-01 00:01 UTC, revision 2;"
        " decision 1 of p-ann; 1 decision, number 1 stands"
    )
    row = withdrawn(row, number=2, withdraws=1, by=ANN, at_ms=120_000)
    assert "in_review; since 1970-01-01 00:02 UTC, revision 3; withdrawn 2 of p-ann; 2 decisions, none stands" in (
        told_status(row)
    )
    members = status_members(row)
    assert members is not None
    assert (members["decisions"], members["standing"], members["cause"]) == (2, None, "withdrawn")
    assert ("context" in members, told_context(row), told_context(None)) == (False, "", "")
    row = replace(row, context={"owner": "u-17", "title": "a\nb"})
    members = status_members(row)
    assert members is not None
    assert members["context"] == {"owner": "u-17", "title": "a\nb"}
    assert told_context(row) == "owner u-17, title a\\nb"


async def test_a_history_is_printed_a_revision_a_line_and_shown_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    deployment = MemoryWorker().deployment
    row = await judge(deployment, "a\n.mp4", Verdict.REVIEW)
    await decide(deployment, row, Status.RESTRICTED, at_ms=2_000)
    (content,) = await read_history(deployment, row.video_id)
    made = await RecordedDecisions().decide(1, Action.RESTRICT)
    opinion = await RecordedDecisions().opine(made, Action.APPROVE, note="\x1b[2Jfine")
    contents = [replace(content, opinions=[opinion])]
    print_history(contents)
    *lines, opined = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (opined["opined"]["agrees"], opined["opined"]["private"]["note"]) == (False, "\x1b[2Jfine")
    assert [(line["revision"], line["status"], line["key"]) for line in lines] == [
        (1, "in_review", "a\n.mp4"),
        (2, "restricted", "a\n.mp4"),
    ]
    assert lines[1]["restriction"] == {"age": 18}
    console = Console(file=StringIO(), width=200)
    show_history(console, [*contents, replace(contents[0], row=replace(contents[0].row, video=None))])
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "a\\n.mp4" in shown
    assert "restricted (from 18 years)" in shown
    assert "forgotten" in shown
    assert "approve, does not agree" in shown
    assert "\x1b[2J" not in shown


def test_a_failure_is_told_by_its_code() -> None:
    row = failed(VideoStatus.new(VIDEO), Failure(Reason.TOO_LARGE, "x"), video=VIDEO, policy=By("p"), at_ms=0)
    assert told_status(row).endswith("failed of policy p; too_large")
