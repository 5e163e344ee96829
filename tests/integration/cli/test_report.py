import csv
import json
import subprocess
import sys

from integration.cli.conftest import Deployed
from integration.cli.rows import make_batch, outcome
from reelsift.aws.deployment import Deployment
from reelsift.domain.line import OutcomeStatus

LINES = 25
CHUNK = 12


async def all_but_one(deployment: Deployment) -> None:
    """Row 20 has no outcome yet, row 2 FAILED, and rows ended in no order."""
    await make_batch(deployment, "b1", [f"{row}.mp4" for row in range(1, LINES + 1)], chunk_lines=CHUNK)
    outcomes = [
        outcome("b1", row, OutcomeStatus.FAILED if row == 2 else OutcomeStatus.SUCCEEDED, chunk_lines=CHUNK)
        for row in range(LINES, 0, -1)
        if row != 20
    ]
    await deployment.outcomes.record(outcomes)


async def all_well(deployment: Deployment) -> None:
    await make_batch(deployment, "b2", ["1.mp4", "2.mp4"])
    await deployment.outcomes.record([outcome("b2", 1, verdict="review", billed_ms=30_000), outcome("b2", 2)])


def test_lines_come_in_the_order_of_the_manifest(deployed: Deployed) -> None:
    deployed.do(all_but_one)
    result = deployed.cli("report", "b1")
    assert result.exit_code == 3
    rows = list(csv.DictReader(result.stdout.splitlines()))
    lines = [json.loads(row["ResultMessage"])["line"] for row in rows]
    assert lines == [f"list.csv:{row}" for row in range(1, LINES + 1) if row != 20]
    assert [row["Key"] for row in rows if row["TaskStatus"] == "FAILED"] == ["2.mp4"]


def test_the_summary_is_no_data_and_says_what_is_missing(deployed: Deployed) -> None:
    deployed.do(all_but_one)
    words = " ".join(deployed.cli("report", "b1").stderr.split())
    assert "batch b1, Active" in words
    assert "lines 24 of 25: 23 succeeded, 1 failed, 0 skipped" in words
    assert "failed 1: object_missing" in words
    assert "1 line of b1 had no outcome yet" in words


def test_a_batch_that_went_well_is_0(deployed: Deployed) -> None:
    deployed.do(all_well)
    result = deployed.cli("report", "b2", "--json")
    assert result.exit_code == 0
    assert [json.loads(line)["verdict"] for line in result.stdout.splitlines()] == ["review", None]
    assert "verdicts 1 review minutes 0.50 money 0.05 USD" in " ".join(result.stderr.split())
    assert deployed.cli("report", "b2", "--csv").stderr == ""


def test_a_reader_that_has_seen_enough_is_no_error(deployed: Deployed) -> None:
    async def many(deployment: Deployment) -> None:
        await make_batch(deployment, "b3", [f"{row}.mp4" for row in range(1, 401)], chunk_lines=400)
        await deployment.outcomes.record(
            [outcome("b3", row, chunk_lines=400, message="x" * 500) for row in range(1, 401)]
        )

    deployed.do(many)
    script = f"{sys.executable} -m reelsift.cli report b3 --csv | head -1"
    answer = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("Bucket,Key,VersionId,")
    assert answer.stderr == ""


def test_an_unknown_batch_is_a_sentence(deployed: Deployed) -> None:
    result = deployed.cli("report", "nope")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no batch nope" in result.stderr
