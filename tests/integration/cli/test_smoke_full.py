"""`reelsift smoke --full`: what a program can do of a first hour on a real account."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reelsift.cli import smoke as command
from reelsift.cli.main import app
from support.forks import Forks
from support.world import BUCKET, World, eventually

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("smoke")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Iterator[World]:
    """A deployment with a worker and two data buckets, one of them under a KMS key."""
    world = World(tmp_path_factory.mktemp("full"), forks.popen)
    world.env["REELSIFT_DATA_BUCKETS"] = f"{BUCKET},under-kms"
    s3 = world.client("s3")
    s3.create_bucket(Bucket="under-kms")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/aws/s3"}}
    s3.put_bucket_encryption(Bucket="under-kms", ServerSideEncryptionConfiguration={"Rules": [rule]})
    try:
        world.worker(recheck_running_s="600")
        yield world
    finally:
        world.close()


def smoke(world: World, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    for name, value in world.env.items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(app, ["smoke", "--full", *arguments])


def steps(result: Result) -> dict[str, dict[str, Any]]:
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return {line["step"]: line for line in lines if "step" in line}


def left_over(world: World) -> int:
    found = 0
    for bucket in (BUCKET, "under-kms"):
        answer = world.client("s3").list_object_versions(Bucket=bucket, Prefix="reelsift-smoke/")
        found += len([one for one in answer.get("Versions", []) if one["Key"].endswith(".mp4")])
    return found


def test_without_a_terminal_nothing_is_spent_unless_that_was_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.cloud.jobs()
    result = smoke(world, monkeypatch)
    assert result.exit_code == 2, result.output
    assert "add --yes" in result.stderr
    assert world.cloud.jobs() == before


def test_whoever_says_no_pays_nothing_and_knows_what_it_would_have_cost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "can_ask", lambda: True)
    monkeypatch.setattr(command, "ask", lambda _: False)
    before = world.cloud.jobs()
    result = smoke(world, monkeypatch)
    assert result.exit_code == 1, result.output
    # Four clips of 4 s and thirty of 10 s, at 0.10 USD a minute: 5.27 minutes, or 34.
    assert "0.5267 USD, at most 3.40 USD if AWS rounds up" in result.stderr
    assert "nothing was sent and nothing paid" in result.stderr
    assert world.cloud.jobs() == before
    assert left_over(world) == 0


@pytest.mark.long(240)
def test_it_goes_through_both_kinds_of_bucket_overwrites_in_flight_and_makes_an_invoice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.cloud.knobs(job_seconds=2)
    result = smoke(world, monkeypatch, "--yes", "--json")
    assert result.exit_code == 0, result.output
    assert {name: step["grade"] for name, step in steps(result).items()} == {"overwrite": "ok", "invoice": "ok"}
    assert "30 of 30 clips of 10 s analysed for content_moderation" in steps(result)["invoice"]["state"]
    assert "5.00 minutes of video" in steps(result)["invoice"]["state"]
    jobs = world.cloud.jobs()
    under_kms = [job for job in jobs if job["bucket"] == "under-kms"]
    assert (len(under_kms), sum(job["billed_ms"] == 10_000 for job in jobs)) == (1, 30)
    eventually(lambda: world.open_jobs() == 0, "every job CLOSED")
    assert left_over(world) == 0
