"""What is in trouble is named by `status`, `doctor` and `show`, and `give-up` ends it."""

import json
from dataclasses import replace

import pytest

from integration.cli.conftest import Deployed
from integration.cli.rows import job, make_batch
from reelsift.aws.deployment import Deployment
from reelsift.domain.job import Job, JobState
from reelsift.domain.line import LineId
from reelsift.domain.trouble import Trouble
from reelsift.domain.video import Video
from reelsift.runtime.clock import now_ms
from support.jobs import write_jobs

VIDEO = Video("videos", "a b.mp4", "etag", size=1_000_000)

CAUSE = "GetContentModeration of j: InternalServerError: try again"


def troubled() -> Job:
    running = job(VIDEO, JobState.RUNNING, slot=0, job_id="j", by=LineId("b1", "list.csv:1", 0))
    return replace(running, trouble=Trouble(840_000, now_ms(), CAUSE))


async def in_trouble(deployment: Deployment) -> None:
    """A job in a slot over which Rekognition fails, of a line of a batch."""
    await make_batch(deployment, "b1", ["a b.mp4"])
    running = troubled()
    await write_jobs(deployment, running)
    await deployment.slots.table.put({"slot": 0, "holder": str(running.current), "held_since": now_ms()})


@pytest.fixture
def stuck(deployed: Deployed) -> Deployed:
    deployed.do(in_trouble)
    return deployed


@pytest.mark.parametrize("batch", [[], ["b1"]])
def test_status_names_what_is_in_trouble_and_how_to_end_it(stuck: Deployed, batch: list[str]) -> None:
    said = " ".join(stuck.cli("status", *batch).stdout.split())
    assert "s3://videos/a b.mp4 (content_moderation, RUNNING): AWS fails over it, for 14 min" in said
    assert f"reelsift give-up {VIDEO.video_id}" in said
    (named,) = json.loads(stuck.cli("status", *batch, "--json").stdout)["in_trouble"]
    assert (named["video_id"], named["trouble_s"], named["cause"]) == (VIDEO.video_id, 840, CAUSE)


def test_the_doctor_names_it_too(stuck: Deployed) -> None:
    found = {line["subject"]: line for line in map(json.loads, stuck.cli("doctor", "--json").stdout.splitlines())}
    assert found["jobs"]["grade"] == found[VIDEO.uri]["grade"] == "warning"
    assert CAUSE in found[VIDEO.uri]["state"]
    assert "give-up" in found[VIDEO.uri]["mend"]


def test_show_says_why_there_is_no_result(stuck: Deployed) -> None:
    result = stuck.cli("show", VIDEO.video_id)
    assert (result.exit_code, CAUSE in result.stderr) == (1, True)


@pytest.mark.parametrize("named", [VIDEO.uri, VIDEO.video_id])
def test_give_up_ends_it_and_frees_its_slot(stuck: Deployed, named: str) -> None:
    result = stuck.cli("give-up", named, "--yes", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["reason"] == "gave_up"
    ended = stuck.do(lambda deployment: deployment.jobs.get(troubled().key))
    assert ended is not None
    assert (ended.state, ended.trouble.cause) == (JobState.SETTLED, None)
    assert [slot.holder for slot in stuck.do(lambda deployment: deployment.slots.all())] == [None]
    assert stuck.cli("status", "--json").exit_code == 0


def test_give_up_asks_and_does_nothing_where_nobody_can_answer(stuck: Deployed) -> None:
    result = stuck.cli("give-up", VIDEO.uri)
    assert result.exit_code == 2
    assert "add --yes" in result.stderr
    assert CAUSE in result.stderr
    kept = stuck.do(lambda deployment: deployment.jobs.get(troubled().key))
    assert kept is not None
    assert kept.state is JobState.RUNNING


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["s3://videos/none.mp4", "--yes"], 1, "no analysis of s3://videos/none.mp4 runs or waits"),
        (["none.mp4", "--yes"], 2, "none.mp4"),
        ([VIDEO.uri, "--analyses", "labels", "--yes"], 1, "runs or waits"),
        ([VIDEO.uri, "--analyses", "nonsense", "--yes"], 2, "--analyses takes"),
    ],
)
def test_what_there_is_nothing_to_give_up_of(stuck: Deployed, arguments: list[str], code: int, said: str) -> None:
    result = stuck.cli("give-up", *arguments)
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
