"""`review export`, `archive` and `restore`: what was decided, for auditors, for authorities, and for the day after."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from pyarrow.parquet import read_table  # type: ignore[import-untyped]

from integration.cli.conftest import Deployed
from integration.cli.rows import NOW_MS, make_batch, outcome
from reelsift.aws.deployment import Deployment
from reelsift.domain.decision import Action
from support.recorded_decisions import DAY_MS, RecordedDecisions, video

NOTE = "=cmd|' /C calc'!A0"


async def decide(deployment: Deployment) -> None:
    people = RecordedDecisions(deployment.reviews.table)
    await people.decide(1, Action.REJECT, at_ms=NOW_MS, note=NOTE)
    await people.decide(2, Action.RESTRICT, at_ms=NOW_MS + DAY_MS)
    await people.decide(3, Action.REJECT, at_ms=NOW_MS + DAY_MS)
    await people.decide(3, Action.WITHDRAW, at_ms=NOW_MS + DAY_MS + 1, withdraws=1)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture
def decided(deployed: Deployed) -> Deployed:
    deployed.do(decide)
    return deployed


def test_every_decision_is_a_row_in_the_order_of_time(decided: Deployed) -> None:
    result = decided.cli("review", "export")
    assert (result.exit_code, "4 decisions written; every chain is whole" in result.stderr) == (0, True), result.stderr
    audit = rows(result.stdout)
    assert [(row["action"], row["number"], row["withdrawn"]) for row in audit] == [
        ("reject", "1", "false"),
        ("restrict", "1", "false"),
        ("reject", "1", "true"),
        ("withdraw", "2", "false"),
    ]
    assert audit[1]["age"] == "18"
    assert {row["by"] for row in audit} == {"p-one"}
    assert {row["chain"] for row in audit} == {"whole"}
    # A spreadsheet must not take what somebody typed for a formula.
    assert audit[0]["note"] == f"'{NOTE}"


def test_who_has_held_what_is_part_of_the_audit(decided: Deployed, tmp_path: Path) -> None:
    assert decided.cli("hold", "--events", "--note", NOTE).exit_code == 0
    assert decided.cli("release", "--note", "over").exit_code == 0
    result = decided.cli("review", "export", "--holds", "holds.csv")
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    assert "2 turns of what is held written" in result.stderr
    turns = rows((tmp_path / "holds.csv").read_text())
    assert [(turn["number"], turn["did"], turn["kinds"]) for turn in turns] == [
        ("1", "held", "events"),
        ("2", "released", "events"),
    ]
    assert turns[0]["note"] == f"'{NOTE}"
    assert turns[0]["by"].startswith("arn:aws:")
    assert decided.cli("review", "export", "--holds", "holds.csv").exit_code == 2
    assert decided.cli("review", "export", "--holds", "holds.csv", "--overwrite").exit_code == 0


def test_a_time_and_a_batch_bound_what_is_written(decided: Deployed) -> None:
    async def batch(deployment: Deployment) -> None:
        await make_batch(deployment, "b1", ["a", "b"])
        await deployment.outcomes.record([outcome("b1", row, video_id=video(row + 1).video_id) for row in (1, 2)])

    decided.do(batch)
    later = decided.cli("review", "export", "--since", "2026-05-29", "--until", "2026-06-02")
    assert [row["action"] for row in rows(later.stdout)] == ["restrict", "reject", "withdraw"]
    earlier = decided.cli("review", "export", "--until", "2026-05-29")
    assert [row["action"] for row in rows(earlier.stdout)] == ["reject"]
    of_batch = decided.cli("review", "export", "--batch", "b1")
    assert sorted(row["action"] for row in rows(of_batch.stdout)) == ["reject", "restrict", "withdraw"]
    unknown = decided.cli("review", "export", "--batch", "nope")
    assert (unknown.exit_code != 0, unknown.stdout) == (True, "")
    wrong = decided.cli("review", "export", "--since", "2026-05-29", "--until", "2026-05-28")
    assert wrong.exit_code == 2


def test_files_are_whole_or_not_there_and_none_is_lost(decided: Deployed, tmp_path: Path) -> None:
    table, sheet = tmp_path / "audit.parquet", tmp_path / "audit.csv"
    assert decided.cli("review", "export", "--parquet", str(table), "--csv", str(sheet)).exit_code == 0
    assert read_table(table)["number"].to_pylist() == [1, 1, 1, 2]
    assert len(rows(sheet.read_text())) == 4
    refused = decided.cli("review", "export", "--csv", str(sheet))
    assert refused.exit_code == 2
    assert decided.cli("review", "export", "--csv", str(sheet), "--overwrite").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audit.csv", "audit.parquet"]


def test_statements_are_calls_of_the_transparency_database_and_counts(decided: Deployed, tmp_path: Path) -> None:
    folder = tmp_path / "statements"
    result = decided.cli("review", "export", "--statements", str(folder))
    assert result.exit_code == 0, result.stderr
    (call,) = sorted(folder.glob("statements-*.json"))
    statements: list[dict[str, Any]] = json.loads(call.read_text())["statements"]
    assert [made["decision_visibility"] for made in statements] == [
        ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        ["DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED"],
    ]
    counts = json.loads((folder / "counts.json").read_text())
    assert (counts["statements"], counts["decisions_withdrawn"]) == (2, 1)
    told = call.read_text()
    assert [word for word in ("s3://", "in/1.mp4", "p-one", NOTE, video(1).video_id) if word in told] == []
    again = decided.cli("review", "export", "--statements", str(folder))
    assert (again.exit_code, "name a folder that is empty" in again.stderr) == (2, True)
    elsewhere = tmp_path / "again"
    decided.cli("review", "export", "--statements", str(elsewhere), "--program", "p-one")
    others = json.loads((elsewhere / "statements-000001.json").read_text())["statements"]
    assert [made["puid"] for made in others] == [made["puid"] for made in statements]
    assert {made["automated_decision"] for made in others} == {"AUTOMATED_DECISION_FULLY"}


def test_a_decision_that_somebody_has_changed_is_told(decided: Deployed) -> None:
    async def forge(deployment: Deployment) -> None:
        key = {"video_id": video(3).video_id, "part": "decision#000001"}
        row = await deployment.reviews.table.get(key)
        assert row is not None
        forged = row["record"].replace('"reject"', '"approve"')
        await deployment.reviews.table.update(key, "SET #record = :record", record=forged)

    decided.do(forge)
    result = decided.cli("review", "export")
    assert result.exit_code == 1
    assert f"video {video(3).video_id}: from decision 2 on" in result.stderr
    assert [row["chain"] for row in rows(result.stdout)] == ["whole", "whole", "broken at 2", "broken at 2"]


def test_without_a_decision_there_is_a_header_and_nothing_else(deployed: Deployed) -> None:
    result = deployed.cli("review", "export")
    assert (result.exit_code, rows(result.stdout)) == (0, [])
    assert result.stdout.startswith("decided,video_id,")


@pytest.fixture
def archive(decided: Deployed, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket with Object Lock, as Terraform makes it."""
    bucket, s3 = f"{decided.name}-decisions", decided.client("s3")
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    s3.put_object_lock_configuration(
        Bucket=bucket,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
        },
    )
    monkeypatch.setenv("REELSIFT_DECISION_ARCHIVE", bucket)
    return bucket


def test_decisions_are_exported_and_come_back_into_an_empty_table(decided: Deployed, archive: str) -> None:
    before = rows(decided.cli("review", "export").stdout)
    assert decided.cli("review", "archive", "--check").exit_code == 1
    exported = decided.cli("review", "archive", "--json")
    assert (exported.exit_code, json.loads(exported.stdout)["exported"]) == (0, 4), exported.stderr
    assert decided.cli("review", "archive", "--check").exit_code == 0
    (entry,) = decided.client("s3").list_objects_v2(Bucket=archive)["Contents"]
    kept = decided.client("s3").head_object(Bucket=archive, Key=entry["Key"])
    assert kept["ObjectLockMode"] == "GOVERNANCE"

    async def lose(deployment: Deployment) -> None:
        table = deployment.reviews.table
        keys = [row async for row in table.scan(attributes=("video_id", "part"))]
        await table.write_many(deletes=keys)

    decided.do(lose)
    assert decided.cli("review", "restore").exit_code == 2
    restored = decided.cli("review", "restore", "--yes")
    assert restored.exit_code == 0, restored.stderr
    assert "4 decisions and 0 opinions restored, 0 there before; the status of 3 videos written" in restored.stderr
    after = rows(decided.cli("review", "export").stdout)
    lost = {"note", "video", "version_id", "context"}
    assert [{name: row[name] for name in row if name not in lost} for row in after] == [
        {name: row[name] for name in row if name not in lost} for row in before
    ]
    assert "0 decisions and 0 opinions restored, 4 there before" in decided.cli("review", "restore", "--yes").stderr


def test_without_an_archive_it_is_said_how_to_get_one(decided: Deployed) -> None:
    refused = decided.cli("review", "archive")
    assert (refused.exit_code, "decision_archive_days" in refused.stderr) == (2, True)
    assert decided.cli("review", "archive", "--check").exit_code == 1
