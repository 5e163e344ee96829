import json
from dataclasses import replace

from integration.cli.conftest import Deployed
from integration.cli.rows import analysed, failed_job, job, segment
from reelsift.aws.deployment import Deployment
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import Answered, JobState
from reelsift.domain.line import Line, LineId
from reelsift.domain.policy import Verdict
from reelsift.domain.result import segment_members
from reelsift.domain.video import ObjectRef, Video
from support.jobs import write_jobs
from support.json_schema import problems

WEAPONS = segment("Weapons", 97.0, parents=("Violence",), start_ms=2_000, end_ms=3_000)
VIOLENCE = segment("Violence", 97.0, start_ms=2_000, end_ms=3_000)
PERSON = segment("Person", 88.0, analysis=Analysis.LABELS, start_ms=0, end_ms=10_000)


async def both(deployment: Deployment, bucket: str, key: str) -> str:
    """Both analyses of a stored video are done; returns its id."""
    video = await deployment.videos.head(ObjectRef(bucket, key))
    await analysed(
        deployment, job(video, result_key="results/m.json", peak_label="Weapons"), [VIOLENCE, WEAPONS], Verdict.REVIEW
    )
    await analysed(deployment, job(video, analysis=Analysis.LABELS, result_key="results/l.json"), [PERSON])
    return video.video_id


def test_json_is_the_dataset_of_the_video(deployed: Deployed) -> None:
    deployed.put_video("in/a b+ä.mp4")
    uri = f"s3://{deployed.data_bucket}/in/a b+ä.mp4"
    video_id = deployed.do(lambda deployment: both(deployment, deployed.data_bucket, "in/a b+ä.mp4"))
    for named in (uri, video_id):
        result = deployed.cli("show", named, "--json")
        assert (result.exit_code, result.stderr) == (0, "")
        document = json.loads(result.stdout)
        assert problems(document, "video-dataset.schema.json") == []
        assert (document["video"]["uri"], document["video"]["video_id"]) == (uri, video_id)
        assert {name: state["status"] for name, state in document["analyses"].items()} == {
            "content_moderation": "succeeded",
            "labels": "succeeded",
        }
        assert document["segments"] == [segment_members(shown) for shown in (PERSON, VIOLENCE, WEAPONS)]
        assert (document["verdict"], document["missing"], document["alerts"]) == ("review", [], [])
        assert document["basis"]["attempts"] == {"content_moderation": 1}
        assert (document["status"]["status"], document["status"]["revision"]) == ("in_review", 1)
    revisions = [json.loads(line) for line in deployed.cli("show", uri, "--history").stdout.splitlines()]
    assert [(each["video_id"], each["status"]) for each in revisions] == [(video_id, "in_review")]


def test_an_analysis_that_still_runs_is_not_mistaken_for_a_clean_one(deployed: Deployed) -> None:
    async def running(deployment: Deployment) -> str:
        video = Video("videos", "a.mp4", "e")
        await analysed(deployment, job(video, analysis=Analysis.LABELS, result_key="results/l.json"), [PERSON])
        running = job(video, JobState.RUNNING)
        await write_jobs(deployment, running)
        await deployment.waiters.add(
            running.key, Line(LineId("b", "list.csv:7", 0), ObjectRef("videos", "a.mp4"), submitted_ms=1)
        )
        return video.video_id

    result = deployed.cli("show", deployed.do(running), "--json")
    shown = json.loads(result.stdout)
    assert (result.exit_code, shown["verdict"]) == (0, None)
    assert {name: state["status"] for name, state in shown["analyses"].items()} == {
        "content_moderation": "open",
        "labels": "succeeded",
    }
    assert "content_moderation has no result: RUNNING, attempt 1" in result.stderr
    assert "line list.csv:7 of b waits for it" in result.stderr


def test_what_an_earlier_attempt_found_stands_while_a_newer_one_fails(deployed: Deployed) -> None:
    async def repeated(deployment: Deployment) -> str:
        video = Video("videos", "a.mp4", "e")
        first = job(video, analysis=Analysis.LABELS, result_key="results/l.json")
        await analysed(deployment, first, [PERSON])
        failed = replace(failed_job(video), analysis=Analysis.LABELS, attempt=2)
        again = replace(failed, earlier=Answered(1, "results/l.json"))
        await deployment.jobs.table.transact({"job": deployment.jobs.put_item(again, first)})
        return video.video_id

    result = deployed.cli("show", deployed.do(repeated), "--json")
    shown = json.loads(result.stdout)
    assert (result.exit_code, problems(shown, "video-dataset.schema.json")) == (0, [])
    state = shown["analyses"]["labels"]
    assert (state["status"], state["attempt"]) == ("succeeded", 1)
    assert (state["newer"]["status"], state["newer"]["attempt"]) == ("failed", 2)
    assert state["newer"]["failure"]["reason"] == "unsupported_codec"
    assert [segment["label"] for segment in shown["segments"]] == ["Person"]


def test_what_failed_is_named_beside_what_succeeded(deployed: Deployed) -> None:
    async def half(deployment: Deployment) -> str:
        video = Video("videos", "a.mp4", "e")
        await analysed(deployment, job(video, analysis=Analysis.LABELS, result_key="results/l.json"), [PERSON])
        await write_jobs(deployment, failed_job(video))
        return video.video_id

    result = deployed.cli("show", deployed.do(half), "--json")
    shown = json.loads(result.stdout)
    assert (result.exit_code, problems(shown, "video-dataset.schema.json")) == (0, [])
    assert shown["analyses"]["content_moderation"]["failure"] == {
        "reason": "unsupported_codec",
        "message": "Unsupported codec/format.",
    }
    assert [segment["label"] for segment in shown["segments"]] == ["Person"]
    assert "content_moderation has no result: FAILED, unsupported_codec" in result.stderr


def test_a_video_without_any_result_says_why(deployed: Deployed) -> None:
    async def fail(deployment: Deployment) -> str:
        video = Video("videos", "a.mp4", "e")
        await write_jobs(deployment, failed_job(video))
        return video.video_id

    result = deployed.cli("show", deployed.do(fail), "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, problems(document, "video-dataset.schema.json")) == (1, [])
    assert (document["analyses"]["content_moderation"]["status"], document["segments"]) == ("failed", [])
    assert "content_moderation: FAILED, unsupported_codec: Unsupported codec/format." in result.stderr


def test_a_result_that_was_deleted_is_a_sentence(deployed: Deployed) -> None:
    async def lost(deployment: Deployment) -> str:
        video = Video("videos", "a.mp4", "e")
        await write_jobs(deployment, job(video, result_key="results/gone.json"))
        return video.video_id

    result = deployed.cli("show", deployed.do(lost))
    assert result.exit_code == 1
    assert "results/gone.json was deleted" in result.stderr


def test_what_was_never_analysed_is_told_from_what_is_not_there(deployed: Deployed) -> None:
    deployed.put_video("new.mp4")
    new = deployed.cli("show", f"s3://{deployed.data_bucket}/new.mp4")
    missing = deployed.cli("show", f"s3://{deployed.data_bucket}/missing.mp4")
    nonsense = deployed.cli("show", "new.mp4")
    assert (new.exit_code, missing.exit_code, nonsense.exit_code) == (1, 1, 2)
    assert "has never been analysed with the content it has now" in new.stderr
    assert "does not exist" in missing.stderr
    assert "neither s3://bucket/key nor a video id" in nonsense.stderr
