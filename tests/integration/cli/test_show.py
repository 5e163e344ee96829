import json

from integration.cli.conftest import Deployed
from integration.cli.rows import analysed, failed_job, job, segment
from reelsift.aws.deployment import Deployment
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import JobState
from reelsift.domain.result import segment_members
from reelsift.domain.video import ObjectRef, Video
from support.jobs import write_jobs

WEAPONS = segment("Weapons", 97.0, parents=("Violence",), start_ms=2_000, end_ms=3_000)
VIOLENCE = segment("Violence", 97.0, start_ms=2_000, end_ms=3_000)
PERSON = segment("Person", 88.0, analysis=Analysis.LABELS, start_ms=0, end_ms=10_000)


async def both(deployment: Deployment, bucket: str, key: str) -> str:
    """Both analyses of a stored video are done; returns its id."""
    video = await deployment.videos.head(ObjectRef(bucket, key))
    await analysed(deployment, job(video, verdict="review", result_key="results/m.json"), [WEAPONS, VIOLENCE])
    await analysed(deployment, job(video, analysis=Analysis.LABELS, result_key="results/l.json"), [PERSON])
    return video.video_id


def test_json_merges_the_analyses_in_the_shape_of_the_design(deployed: Deployed) -> None:
    deployed.put_video("in/a b+ä.mp4")
    uri = f"s3://{deployed.data_bucket}/in/a b+ä.mp4"
    video_id = deployed.do(lambda deployment: both(deployment, deployed.data_bucket, "in/a b+ä.mp4"))
    for named in (uri, video_id):
        result = deployed.cli("show", named, "--json")
        assert (result.exit_code, result.stderr) == (0, "")
        assert json.loads(result.stdout) == {
            "video": uri,
            "analyses": ["content_moderation", "labels"],
            "segments": [segment_members(shown) for shown in (PERSON, VIOLENCE, WEAPONS)],
            "verdict": "review",
            "alerts": [],
        }


def test_an_analysis_that_still_runs_is_not_mistaken_for_a_clean_one(deployed: Deployed) -> None:
    async def running(deployment: Deployment) -> str:
        video = Video("videos", "a.mp4", "e")
        await analysed(deployment, job(video, analysis=Analysis.LABELS, result_key="results/l.json"), [PERSON])
        await write_jobs(deployment, job(video, JobState.RUNNING))
        return video.video_id

    result = deployed.cli("show", deployed.do(running), "--json")
    shown = json.loads(result.stdout)
    assert (result.exit_code, shown["analyses"], shown["verdict"]) == (0, ["labels"], None)
    assert "content_moderation has no result: RUNNING, attempt 1" in result.stderr


def test_a_video_without_any_result_says_why(deployed: Deployed) -> None:
    async def fail(deployment: Deployment) -> str:
        video = Video("videos", "a.mp4", "e")
        await write_jobs(deployment, failed_job(video))
        return video.video_id

    result = deployed.cli("show", deployed.do(fail), "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "content_moderation: FAILED, unsupported_codec: Unsupported codec/format." in result.stderr


def test_a_result_that_was_deleted_is_a_sentence(deployed: Deployed) -> None:
    async def lost(deployment: Deployment) -> str:
        video = Video("videos", "a.mp4", "e")
        await write_jobs(deployment, job(video, verdict="review", result_key="results/gone.json"))
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
