"""What a batch would be is told before it is one, and nothing comes of asking."""

import json
from pathlib import Path

import pytest

from integration.cli.conftest import Deployed
from reelsift.aws.deployment import Deployment
from reelsift.batches.paid_videos import FEWEST_VIDEOS
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, Counts
from reelsift.domain.job import JobState
from reelsift.domain.video import ObjectRef
from reelsift.runtime.clock import now_ms
from support.jobs import make_job, write_jobs


async def analysed(deployment: Deployment, key: str, analysis: Analysis = Analysis.CONTENT_MODERATION) -> None:
    """As if the object had been analysed some time ago."""
    video = await deployment.videos.head(ObjectRef(next(iter(deployment.settings.data_buckets)), key))
    settings = deployment.start_settings.model_settings(Analysis.CONTENT_MODERATION)
    await write_jobs(deployment, make_job(JobState.CLOSED, video=video, analysis=analysis, model_settings=settings))


async def measured(deployment: Deployment) -> None:
    """As if ten minutes of video at 1 Mbit/s had been analysed, each in a quarter of its time."""
    batch = Batch("earlier", "earlier", "list.csv", now_ms(), total=1, chunks=1)
    await deployment.batches.create(batch)
    await deployment.chunks.add(batch.chunk(0, 0))
    counts = Counts(succeeded=1, billed=FEWEST_VIDEOS, billed_ms=600_000, billed_bytes=75_000_000, slot_ms=150_000)
    await deployment.batches.table.transact({"counts": deployment.chunks.count_item("earlier", 0, counts, at_ms=1)})


def dry_run(deployed: Deployed, *arguments: str) -> dict[str, object]:
    result = deployed.cli("submit", *arguments, "--dry-run", "--json")
    assert result.exit_code == 0, result.stderr
    told: dict[str, object] = json.loads(result.stdout)
    return told


def test_every_figure_is_told_and_nothing_is_left_behind(deployed: Deployed) -> None:
    bucket = deployed.data_bucket
    for key, size in (("a.mp4", 7_500_000), ("b.mp4", 1_000_000), ("empty.mp4", 0), ("notes.txt", 10)):
        deployed.put_video(f"in/{key}", b"x" * size)
    deployed.do(lambda deployment: analysed(deployment, "in/b.mp4"))
    deployed.do(measured)
    Path("list.csv").write_text(f"{bucket},in/a.mp4\nelsewhere,b.mp4\noops\n{bucket},in/a.mp4\n{bucket},in/gone.mp4\n")
    told = dry_run(deployed, "list.csv", f"s3://{bucket}/in/", "--max-cost", "0.05", "--suffix", "*")
    assert told["dry_run"] is True
    assert (told["lines"], told["bad"], told["not_allowed"]) == (9, 1, 1)
    assert told["unsupported"] == {
        "empty": 1,
        "too_large": 0,
        "archived": 0,
        "customer_key": 0,
        "name": 1,
    }
    assert told["unusable"] == {"object_missing": 1}
    # Twice in the list, and once more below the prefix.
    assert (told["duplicates"], told["already_analysed"]) == (2, 1)
    assert told["minutes_from"] == "measured"
    assert told["seconds"] is not None
    assert deployed.work_keys() == []
    assert [batch.batch_id for batch in deployed.do(lambda deployment: deployment.batches.recent(10))] == ["earlier"]
    queue = deployed.client("sqs")
    url = queue.get_queue_url(QueueName=f"{deployed.name}-intake")["QueueUrl"]
    assert "Messages" not in queue.receive_message(QueueUrl=url)


def test_minutes_money_and_time_follow_from_what_was_measured_here(deployed: Deployed) -> None:
    deployed.put_video("a.mp4", b"x" * 7_500_000)
    deployed.put_video("b.mp4", b"x" * 7_500_000)
    deployed.do(measured)
    source = f"s3://{deployed.data_bucket}/"
    told = dry_run(deployed, source, "--max-cost", "0.10")
    assert (told["bytes"], told["minutes"], told["money_usd"]) == (15_000_000, [2.0, 2.0], [0.2, 0.2])
    assert told["max_cost_covers"] == 0.5
    quota = int(deployed.do(lambda deployment: deployment.quota.value()))
    assert told["seconds"] == [round(30 / quota)] * 2
    deployed.do(lambda deployment: analysed(deployment, "a.mp4"))
    assert dry_run(deployed, source)["money_usd"] == [0.1, 0.1]
    assert dry_run(deployed, source, "--again")["money_usd"] == [0.2, 0.2]
    # Of one of them the moderation is done, and only its labels are to be paid.
    both = dry_run(deployed, source, "--analyses", "labels,content_moderation")
    assert (both["already_analysed"], both["money_usd"]) == (0, [0.3, 0.3])
    assert both["prices_usd"] == {"labels": 0.1, "content_moderation": 0.1}


def test_objects_whose_list_tells_nothing_are_asked_for(deployed: Deployed) -> None:
    for key in ("a.mp4", "b.mp4"):
        deployed.put_video(key, b"x" * 1_000)
    deployed.do(lambda deployment: analysed(deployment, "a.mp4"))
    Path("list.csv").write_text(f"{deployed.data_bucket},a.mp4\n{deployed.data_bucket},b.mp4\n")
    told = dry_run(deployed, "list.csv")
    assert (told["bytes"], told["already_analysed"], told["remarks"]) == (2_000, 1, [])
    rule = deployed.cloud.add_fault("error", service="s3", operation="HeadObject", code="AccessDenied", status=403)
    told = dry_run(deployed, "list.csv")
    deployed.cloud.release(rule)
    assert (told["bytes"], told["minutes"], told["already_analysed"]) == (None, None, 0)
    assert told["remarks"] == ["2 objects may not be read from here: nothing is known of them"]


def test_a_person_reads_the_same_and_is_told_that_nothing_was_submitted(deployed: Deployed) -> None:
    deployed.put_video("a.mp4", b"x" * 7_500_000)
    result = deployed.cli("submit", f"s3://{deployed.data_bucket}/", "--dry-run", "--sample", "100%")
    assert (result.exit_code, result.stdout) == (0, "")
    words = " ".join(result.stderr.split())
    assert "size 7.5 MB" in words
    assert words.endswith("nothing was submitted: this was a dry run")
    assert "time not known before something has been analysed here" in words


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [(("--max-cost", "0"), "--max-cost takes US dollars above 0"), (("--sample", "0"), "--sample takes a percentage")],
)
def test_a_flag_that_makes_no_sense_is_wrong_use(deployed: Deployed, flags: tuple[str, ...], complaint: str) -> None:
    result = deployed.cli("submit", f"s3://{deployed.data_bucket}/", "--dry-run", *flags)
    assert result.exit_code == 2
    assert complaint in result.stderr


def test_a_list_without_a_line_is_said_to_have_none(deployed: Deployed) -> None:
    Path("list.csv").write_text("bucket,key\n")
    result = deployed.cli("submit", "list.csv", "--dry-run")
    assert result.exit_code == 4
    assert "there is nothing to submit: no line in list.csv" in result.stderr


@pytest.mark.parametrize(("text", "code"), [("oops\n", 1), ("bucket,key\n", 4)])
def test_a_dry_run_ends_as_submitting_would(deployed: Deployed, text: str, code: int) -> None:
    Path("list.csv").write_text(text)
    dry, real = deployed.cli("submit", "list.csv", "--dry-run"), deployed.cli("submit", "list.csv", "--yes")
    assert dry.exit_code == real.exit_code == code
    assert dry.stderr.splitlines()[-1] == real.stderr.splitlines()[-1]
