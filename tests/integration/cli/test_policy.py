"""Policies from the command line, against tables and buckets as workers leave them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from integration.cli.conftest import Deployed
from integration.cli.rows import LATELY, analysed, job, make_batch, outcome, segment
from reelsift.archive.compaction import MERGED, CopyKeeper
from reelsift.archive.part import FOLDER, PartFile
from reelsift.aws.deployment import Deployment
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Verdict
from reelsift.domain.result import segment_members
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_changes import judged
from reelsift.domain.video import Video
from reelsift.runtime.clock import SystemClock
from reelsift.runtime.timings import Timings
from support.acting import acting
from support.decisions import verdict

CALM = Video("videos", "calm.mp4", "e1")
ROUGH = Video("videos", "rough.mp4", "e2")
LATE = Video("videos", "late.mp4", "e3")

STRICT = "content_moderation: {Violence: {review: 50, reject: 75}}"


async def archive(deployment: Deployment) -> None:
    """Three videos, of which the copy has two."""
    found = {CALM: [segment("Violence", 55.0)], ROUGH: [segment("Violence", 80.0)], LATE: []}
    verdicts = {CALM: Verdict.APPROVE, ROUGH: Verdict.REVIEW, LATE: Verdict.APPROVE}
    part = PartFile()
    for number, (video, segments) in enumerate(found.items()):
        own = job(video, result_key=f"results/{video.video_id}/content_moderation/1-{number}.json")
        await analysed(deployment, own, segments, verdicts[video])
        if video is not LATE:
            head = {"analysis": str(Analysis.CONTENT_MODERATION), "attempt": 1, "model_version": "7.0"}
            part.add(video.video_id, head, [segment_members(each) for each in segments])
    await deployment.work.put(f"{FOLDER}2026-05/p.parquet", part.close(), "application/vnd.apache.parquet")
    await make_batch(deployment, "b1", ["rough.mp4"])
    await deployment.outcomes.record([outcome("b1", 1, video_id=ROUGH.video_id, verdict="review")])


def ask(deployed: Deployed, *arguments: str) -> dict[str, Any]:
    Path("strict.yaml").write_text(STRICT, encoding="utf-8")
    result = deployed.cli("policy", "test", "strict.yaml", "--json", *arguments)
    assert result.exit_code == 0, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def moves(document: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {(move["before"], move["after"]): move["videos"] for move in document["moves"]}


def test_a_policy_is_tested_against_the_copy_and_what_it_lacks(deployed: Deployed) -> None:
    deployed.do(archive)
    document = ask(deployed)
    assert moves(document) == {("approve", "review"): 1, ("review", "reject"): 1}
    assert document["tested"] == 3
    assert document["copy"] == {"parts": 1, "unreadable": [], "read_from_results": 1}
    assert [example["video"] for example in document["examples"]] == ["s3://videos/calm.mp4", "s3://videos/rough.mp4"]


def test_a_test_says_what_machines_would_reject_where_they_may(deployed: Deployed) -> None:
    deployed.do(archive)

    async def meet(deployment: Deployment) -> None:
        await deployment.model_versions.see(Analysis.CONTENT_MODERATION, "7.0", now_ms=1)

    deployed.do(meet)
    for switch, statuses in (("--auto-reject", {"in_review", "rejected"}), ("--no-auto-reject", {"in_review"})):
        applied = deployed.cli("policy", "apply", switch, "--yes")
        assert applied.exit_code == 0, applied.stderr
        document = ask(deployed)
        assert {move["after"] for move in document["statuses"]} == statuses
        assert document["unknown"]["alone"] == len(statuses) - 1


def test_a_policy_is_tested_against_the_videos_of_a_batch(deployed: Deployed) -> None:
    deployed.do(archive)
    document = ask(deployed, "--batch", "b1", "--html", "page.html")
    assert (moves(document), document["tested"]) == ({("review", "reject"): 1}, 1)
    assert "s3://videos/rough.mp4" in Path("page.html").read_text(encoding="utf-8")


def test_before_a_policy_goes_live_it_is_held_against_what_is_stored_and_nothing_old_moves_by_it(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.do(archive)
    Path("strict.yaml").write_text(STRICT, encoding="utf-8")
    asked: list[str] = []
    monkeypatch.setattr("reelsift.cli.policy_apply.can_ask", lambda: True)

    def no(question: str) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr("reelsift.cli.policy_apply.ask", no)
    refused = deployed.cli("policy", "apply", "strict.yaml")
    assert (refused.exit_code, asked) == (1, ["Make it live?"])
    told = " ".join(refused.stderr.split())
    assert "review to reject 1" in told
    assert "approve to review 1" in told
    assert "to review: " in told
    assert "held against" not in deployed.cli("policy", "apply", "strict.yaml", "--untested").stderr
    before = deployed.do(lambda deployment: deployment.reviews.get(ROUGH.video_id))
    assert deployed.cli("policy", "apply", "strict.yaml", "--yes").exit_code == 0
    assert deployed.do(lambda deployment: deployment.reviews.get(ROUGH.video_id)) == before


def test_what_the_copy_lacks_is_read_and_then_it_lacks_nothing(deployed: Deployed) -> None:
    deployed.do(archive)
    deployed.client("s3").put_object(Bucket=deployed.work_bucket, Key=f"{FOLDER}2026-05/damaged.parquet", Body=b"x")
    before = json.loads(deployed.cli("policy", "archive", "--json").stdout)
    assert (before["videos"], before["answers"], before["lacking"], before["parts"]) == (3, 3, 1, 2)
    result = deployed.cli("policy", "archive", "--rebuild", "--yes")
    assert result.exit_code == 0, result.stderr
    assert "1 answer copied" in result.stderr
    after = deployed.cli("policy", "archive", "--rebuild")
    assert "the copy lacks nothing" in after.stderr
    assert "3 of 3 answers of 3 videos; 2 parts" in after.stdout
    assert not [key for key in deployed.work_keys() if "damaged" in key]
    assert ask(deployed)["copy"] == {"parts": 2, "unreadable": [], "read_from_results": 0}


def test_workers_make_many_parts_one_and_take_out_who_was_forgotten(deployed: Deployed) -> None:
    deployed.do(archive)

    async def keep(deployment: Deployment) -> None:
        timings = Timings(copy_upkeep_s=0, copy_erasure_s=0)
        clock = SystemClock()
        await deployment.forgotten.note(CALM.video_id, now_ms=clock.now_ms() - 1_000)
        with acting("task"):
            keeper = CopyKeeper(
                work=deployment.work,
                upkeeps=deployment.copy_upkeeps,
                stop=asyncio.Event(),
                timings=timings,
                clock=clock,
            )
            await keeper.step()
            await keeper.drain()

    async def put_parts(deployment: Deployment) -> None:
        body = await deployment.work.get(f"{FOLDER}2026-05/p.parquet")
        for number in range(MERGED):
            await deployment.work.put(f"{FOLDER}2026-05/more-{number}.parquet", body, "application/vnd.apache.parquet")

    deployed.do(put_parts)
    deployed.do(keep)
    keys = [key for key in deployed.work_keys() if key.startswith(FOLDER)]
    assert len(keys) == 2
    state = json.loads(deployed.cli("policy", "archive", "--json").stdout)
    assert (state["parts"], state["lacking_videos"]) == (2, 2)


def test_decisions_say_how_good_verdicts_are_and_too_few_advise_nothing(deployed: Deployed) -> None:
    async def judge(deployment: Deployment) -> None:
        for video, made in ((ROUGH, Verdict.REVIEW), (CALM, Verdict.APPROVE)):
            await analysed(
                deployment, job(video, result_key=f"results/{video.video_id}.json"), [segment("Violence", 80)]
            )
            await deployment.reviews.write(judged(VideoStatus.new(video), verdict(made, video=video)), None)

    deployed.do(judge)
    for video, action in ((ROUGH, ("reject", "--reason", "graphic_violence")), (CALM, ("approve",))):
        result = deployed.cli("decide", video.video_id, *action, "--yes")
        assert result.exit_code == 0, result.stderr
    told = json.loads(deployed.cli("review", "stats", "--json").stdout)
    assert (told["decisions"], told["videos"], told["left_out"]) == (2, 1, 1)
    assert told["precision"]["review"] == {"hits": 1, "n": 1, "share": None, "low": None, "high": None}
    assert "too few to say" in deployed.cli("review", "stats", *LATELY).stdout
    result = deployed.cli("policy", "advise", "--json", "--out", "advised.yaml")
    assert result.exit_code == 0, result.stderr
    advised = json.loads(result.stdout)
    assert (advised["videos"], [one["outcome"] for one in advised["reject"]]) == (1, ["too_few"])
    assert "nothing is advised" in result.stderr
    assert not Path("advised.yaml").exists()
