import csv
import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from integration.cli.conftest import Deployed
from integration.cli.rows import make_batch, outcome
from reelsift.aws.deployment import Deployment
from reelsift.cli.main import app
from reelsift.domain.batch import BatchState
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.video import ObjectRef
from reelsift.reporting import lines as report_source
from support import batch_loops

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
    await deployment.outcomes.record(
        [outcome("b2", 1, verdict="review", billed_ms=30_000, cost_micros=50_000), outcome("b2", 2)]
    )


async def cancelled_and_over(deployment: Deployment) -> None:
    """Row 1 shared another's analysis, row 2 FAILED, and the rest was cut; a worker has written the report."""
    chunks = deployment.chunks
    batch = await make_batch(deployment, "b4", [f"{row}.mp4" for row in range(1, 6)], chunk_lines=5)
    (chunk,) = [chunk async for chunk in chunks.of_batch("b4")]
    await chunks.skip_unclaimed(await chunks.claim_lines(chunk, 2, due_at_ms=1), Reason.CANCELLED, now_ms=2)
    failure = replace(outcome("b4", 2, OutcomeStatus.FAILED, chunk_lines=5), ref=ObjectRef("videos", "2.mp4", "found"))
    await deployment.outcomes.record([replace(outcome("b4", 1, chunk_lines=5), reason=Reason.SHARED), failure])
    chunk = await chunks.to_report(await chunks.get("b4", 0) or chunk, now_ms=1)
    reporter = batch_loops.reporter(deployment)
    await reporter.step()
    await deployment.batches.change(
        batch, state=BatchState.COMPLETING, due_at_ms=1, stopped=Reason.CANCELLED, passed_over=(("suffix", 7),)
    )
    await reporter.step()
    await reporter.drain()


def test_lines_come_in_the_order_of_the_manifest(deployed: Deployed) -> None:
    deployed.do(all_but_one)
    result = deployed.cli("report", "b1")
    assert result.exit_code == 3
    rows = list(csv.DictReader(result.stdout.splitlines()))
    lines = [json.loads(row["ResultMessage"])["line"] for row in rows]
    assert lines == [f"list.csv:{row}" for row in range(1, LINES + 1) if row != 20]
    assert [row["Key"] for row in rows if row["TaskStatus"] == "failed"] == ["2.mp4"]


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


def test_what_was_cut_shared_and_passed_over_is_told(deployed: Deployed) -> None:
    deployed.do(cancelled_and_over)
    result = deployed.cli("report", "b4")
    assert result.exit_code == 3
    rows = list(csv.DictReader(result.stdout.splitlines()))
    told = [(row["Key"], row["TaskStatus"], row["ErrorCode"]) for row in rows]
    assert told == [
        ("1.mp4", "succeeded", ""),
        ("2.mp4", "failed", "object_missing"),
        *((f"{row}.mp4", "failed", "cancelled") for row in (3, 4, 5)),
    ]
    assert [json.loads(row["ResultMessage"])["status"] for row in rows[2:]] == ["SKIPPED"] * 3
    words = " ".join(result.stderr.split())
    assert "batch b4, Cancelled" in words
    assert "stopped it was cancelled" in words
    assert "failed 1: object_missing skipped 3: cancelled succeeded 1: shared passed over 7: suffix" in words
    assert f"report s3://{deployed.work_bucket}/reports/b4/" in words


def test_what_failed_without_an_object_is_not_in_the_manifest_and_said(deployed: Deployed) -> None:
    async def some_bad(deployment: Deployment) -> None:
        await make_batch(deployment, "b5", ["1.mp4"])
        await deployment.outcomes.record([outcome("b5", 1, OutcomeStatus.FAILED)])
        stray = outcome("b5", 2, OutcomeStatus.FAILED)
        await deployment.outcomes.record([replace(stray, ref=ObjectRef("", ""))])
        old = outcome("b5", 3, OutcomeStatus.FAILED)
        await deployment.outcomes.record([replace(old, ref=ObjectRef("videos", "a b.mp4", "v1"))])

    deployed.do(some_bad)
    result = deployed.cli("report", "b5", "--failed")
    assert result.stdout == "videos,1.mp4,\nvideos,a%20b.mp4,v1\n"
    assert "1 line that FAILED name no object" in result.stderr


def test_of_a_batch_that_is_over_page_and_failures_are_those_of_the_stored_report(
    deployed: Deployed, tmp_path: Path
) -> None:
    deployed.do(cancelled_and_over)
    failed = deployed.cli("report", "b4", "--failed")
    # Not the version that was found, but the one that was asked for: none.
    assert (failed.exit_code, failed.stdout, failed.stderr) == (0, "videos,2.mp4\n", "")
    result = deployed.cli("report", "b4", "--html", "page.html")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "the page of the stored report" in result.stderr
    stored = deployed.client("s3").get_object(Bucket=deployed.work_bucket, Key="reports/b4/report.html")
    assert (tmp_path / "page.html").read_bytes() == stored["Body"].read()


def test_all_files_of_a_report_are_copied_once(deployed: Deployed, tmp_path: Path) -> None:
    deployed.do(cancelled_and_over)
    first = deployed.cli("report", "b4", "--download", "july")
    assert (first.exit_code, first.stdout) == (0, "")
    files = {str(path.relative_to(tmp_path / "july")) for path in (tmp_path / "july").rglob("*") if path.is_file()}
    assert files == {
        "manifest.json",
        "manifest.json.md5",
        "summary.json",
        "failed.csv",
        "report.html",
        "results/000000000-succeeded.csv",
        "results/000000000-failed.csv",
        "parquet/date=2026-05-28/batch=b4/part-000000000.parquet",
        "segments/date=2026-05-28/batch=b4/part-000000000.parquet",
    }
    manifest = (tmp_path / "july/manifest.json").read_bytes()
    md5 = hashlib.md5(manifest, usedforsecurity=False).hexdigest()
    assert (tmp_path / "july/manifest.json.md5").read_text() == md5
    (tmp_path / "july/failed.csv").write_text("half a fi")
    assert "9 files" in first.stderr
    refused = deployed.cli("report", "b4", "--download", "july")
    assert refused.exit_code == 2
    assert "july/failed.csv is there already, and was left as it is; add --overwrite" in refused.stderr
    assert (tmp_path / "july/failed.csv").read_text() == "half a fi"
    second = deployed.cli("report", "b4", "--download", "july", "--overwrite")
    assert "7 files had been there" in second.stderr
    assert (tmp_path / "july/failed.csv").read_text() == "videos,2.mp4\n"


def test_a_report_that_was_changed_is_not_copied(deployed: Deployed, tmp_path: Path) -> None:
    deployed.do(cancelled_and_over)
    deployed.client("s3").put_object(Bucket=deployed.work_bucket, Key="reports/b4/failed.csv", Body=b"videos,3.mp4\n")
    result = deployed.cli("report", "b4", "--download", "july")
    assert result.exit_code == 1
    assert "reports/b4/failed.csv is not what the report says of it" in result.stderr
    assert not (tmp_path / "july/failed.csv").exists()
    deployed.client("s3").delete_object(Bucket=deployed.work_bucket, Key="reports/b4/failed.csv")
    assert "failed.csv was deleted" in deployed.cli("report", "b4", "--download", "july").stderr
    summary = json.dumps({"files": [{"key": "reports/b4/../../x", "bytes": 1, "md5": "0" * 32}]})
    deployed.client("s3").put_object(Bucket=deployed.work_bucket, Key="reports/b4/summary.json", Body=summary.encode())
    assert "which is no file of a report" in deployed.cli("report", "b4", "--download", "july").stderr


def test_a_batch_that_runs_has_a_page_as_of_now_and_no_files_to_copy_yet(deployed: Deployed, tmp_path: Path) -> None:
    deployed.do(all_but_one)
    made = deployed.cli("report", "b1", "--html", "page.html")
    assert made.exit_code == 0
    assert "the batch is not over" in made.stderr
    assert "object_missing" in (tmp_path / "page.html").read_text(encoding="utf-8")
    again = deployed.cli("report", "b1", "--html", "page.html")
    assert again.exit_code == 2
    assert "page.html is there already, and was left as it is; add --overwrite" in again.stderr
    assert deployed.cli("report", "b1", "--html", "page.html", "--overwrite").exit_code == 0
    assert ". is a folder, and a file is to be written" in deployed.cli("report", "b1", "--html", ".").stderr
    nowhere = deployed.cli("report", "b1", "--html", "no/such/folder/page.html")
    assert nowhere.exit_code == 2
    assert "no/such/folder/page.html cannot be written: there is no folder no/such/folder" in nowhere.stderr
    copied = deployed.cli("report", "b1", "--download", "july")
    assert copied.exit_code == 1
    assert "the report of b1 is written when the batch ends, and it is Active" in copied.stderr


@pytest.mark.parametrize(
    "options", [["--json", "--failed"], ["--html", "x", "--download", "y"], ["--csv", "--html", "x"]]
)
def test_ways_to_tell_it_exclude_each_other(options: list[str]) -> None:
    result = CliRunner().invoke(app, ["report", "b2", *options])
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr


def test_lines_of_no_manifest_are_told_piece_by_piece(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    async def some(deployment: Deployment) -> None:
        lines = [LineId("direct-2026-05-28", f"m:{row}", 0) for row in range(5)]
        await deployment.outcomes.record([replace(outcome("b", 1), id=line) for line in lines])

    deployed.do(some)
    monkeypatch.setattr(report_source, "CHUNK_LINES", 2)
    result = deployed.cli("report", "direct-2026-05-28", "--json")
    assert [json.loads(line)["line"] for line in result.stdout.splitlines()] == [f"m:{row}" for row in range(5)]
    assert "lines 5: 5 succeeded" in " ".join(result.stderr.split())


def test_a_damaged_chunk_is_said_and_its_lines_are_still_told(deployed: Deployed) -> None:
    deployed.do(all_well)
    deployed.client("s3").put_object(
        Bucket=deployed.work_bucket, Key="batches/b2/chunks/000000000.jsonl.gz", Body=b"damaged"
    )
    result = deployed.cli("report", "b2")
    assert len(result.stdout.splitlines()) == 3
    assert "000000000.jsonl.gz: the chunk file cannot be unpacked" in result.stderr
