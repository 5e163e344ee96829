"""Answers that were paid for elsewhere become results by `reelsift import`: from the list to the report."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from support.world import ALERTING, BUCKET, World

pytestmark = pytest.mark.process


def test_recorded_answers_are_brought_in_reported_and_not_paid_again(
    worlds: Callable[..., World], tmp_path: Path
) -> None:
    world = worlds()
    world.worker()
    s3 = world.client("s3")
    rows = ["bucket,key,etag,answer,analysis"]
    for number in range(4):
        etag = world.put_video(f"{number}.mp4", 1, seed=number)
        s3.put_object(Bucket=BUCKET, Key=f"answers/{number}.json", Body=json.dumps(ALERTING))
        rows.append(f"{BUCKET},{number}.mp4,{etag},s3://{BUCKET}/answers/{number}.json,")
    rows.append(f"{BUCKET},0.mp4,{'0' * 32},s3://{BUCKET}/answers/0.json,moderation")
    rows.append(f"{BUCKET},1.mp4,,,")
    listed = tmp_path / "answers.csv"
    listed.write_text("\n".join(rows), encoding="utf-8")

    unsaid = world.reelsift("import", str(listed), "--yes")
    assert (unsaid.returncode, "--settings-as-set" in unsaid.stderr) == (2, True)
    tried = world.reelsift("import", str(listed), "--settings-as-set", "--dry-run")
    assert (tried.returncode, tried.stdout) == (0, "")
    assert "6 lines, nothing to pay" in tried.stderr
    assert "the row names no recorded answer" in tried.stderr
    done = world.reelsift("import", str(listed), "--settings-as-set", "--yes", "--wait", "--json")
    assert done.returncode == 3, done.stderr
    batch = json.loads(done.stdout.splitlines()[0])
    assert (batch["lines"], batch["settings"], batch["replace"]) == (6, "as_set", False)

    report = world.reelsift("report", batch["batch"], "--json")
    lines = [json.loads(line) for line in report.stdout.splitlines()]
    assert (
        sorted((line["reason"], line["verdict"]) for line in lines if line["status"] == "SUCCEEDED")
        == [("imported", "reject")] * 4
    )
    refused = {line["line"]: line["reason"] for line in lines if line["status"] == "FAILED"}
    assert refused == {"answers.csv:6": "answer_refused", "answers.csv:7": "bad_line"}
    assert sum(line["cost_usd"] for line in lines) == 0
    assert world.cloud.jobs() == []

    again = world.reelsift("submit", f"s3://{BUCKET}/", "--yes", "--wait")
    assert again.returncode == 0, again.stderr
    assert world.cloud.jobs() == []
    shown = json.loads(world.reelsift("show", f"s3://{BUCKET}/3.mp4", "--json").stdout)
    assert shown["segments"][0]["label"]
