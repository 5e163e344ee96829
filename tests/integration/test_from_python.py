"""Another program than the command line uses the library from submit to report."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rekognition_cloud import clips
from support import console
from support.patience import PATIENCE_S
from support.world import ALERTING, BUCKET, World

pytestmark = pytest.mark.process


def test_submit_status_retry_and_report_need_no_command_line(worlds: Callable[..., World], tmp_path: Path) -> None:
    world = worlds()
    world.worker()
    world.put_video("explicit.mp4", answer=ALERTING)
    manifest = tmp_path / "m.csv"
    manifest.write_text(f"{BUCKET},explicit.mp4\n{BUCKET},late.mp4\n", encoding="utf-8")
    (tmp_path / "late.mp4").write_bytes(clips.clip(1, seed=1))
    done = subprocess.run(
        [sys.executable, console.__file__, str(manifest), f"{BUCKET}/late.mp4", str(tmp_path)],
        env=world.env,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    batch_id = found["first"]["batch"]
    assert found["imported"] == []
    assert (found["estimate"], found["first"]["name"]) == (2, "July")
    assert (found["first"]["state"], found["first"]["succeeded"], found["first"]["failed"]) == ("Complete", 1, 1)
    assert found["failed"] == [f"{BUCKET},late.mp4\n"]
    assert (found["plan"], found["retried"]) == (1, 1)
    assert (found["second"]["state"], found["second"]["succeeded"], found["second"]["failed"]) == ("Complete", 2, 0)
    assert set(found["lines"]) == {"explicit.mp4", "late.mp4"}
    assert found["succeeded"] == 2
    assert found["files"] > 1
    assert found["page"] is True
    assert found["videos"] == [f"s3://{BUCKET}/explicit.mp4"]
    assert found["verdict"] == found["lines"]["explicit.mp4"][1]
    assert [batch["batch"] for batch in found["deployment"]["batches"]] == [batch_id]
    assert found["refusals"] == [
        f"BatchNotPausable: {batch_id} cannot be paused: it is Complete.",
        "NoSuchBatch: There is no batch nope.",
    ]
