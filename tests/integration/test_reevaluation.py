"""A new policy acts on stored answers: asked for on the command line, done by worker processes."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.world import ALERTING, BUCKET, World, eventually

pytestmark = pytest.mark.process

CONFIDENCES = {"calm.mp4": None, "mild.mp4": 62.0, "some.mp4": 75.0, "much.mp4": 88.0, "worst.mp4": 99.0}
STRICT = {"content_moderation": {"Violence": {"review": 60, "reject": 80}}}


def _answer(confidence: float | None) -> dict[str, Any]:
    label = {"Name": "Violence", "ParentName": "", "Confidence": confidence, "TaxonomyLevel": 1}
    labels = [] if confidence is None else [{"Timestamp": 500, "ModerationLabel": label}]
    return ALERTING | {"ModerationLabels": labels}


def _by_raw_answers(world: World) -> dict[str, str]:
    """The verdict of STRICT by the raw answer of each video, computed by hand."""
    s3, expected = world.client("s3"), {}
    for row in world.videos():
        prefix = f"raw/{row['video_id']}/"
        work = world.env["REELSIFT_WORK_BUCKET"]
        found: list[float] = []
        for stored in s3.list_objects_v2(Bucket=work, Prefix=prefix)["Contents"]:
            body = _raw(s3.get_object(Bucket=work, Key=stored["Key"])["Body"].read())
            found += [
                seen["ModerationLabel"]["Confidence"]
                for page in body
                for seen in page["ModerationLabels"]
                if seen["ModerationLabel"]["Name"] == "Violence"
            ]
        most = max(found, default=0)
        expected[row["key"]] = "reject" if most >= 80 else "review" if most >= 60 else "approve"
    return expected


def _raw(body: bytes) -> list[dict[str, Any]]:
    text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    document = json.loads(text)
    pages = document if isinstance(document, list) else document.get("pages", [document])
    return list(pages)


def test_what_the_test_foretells_is_what_it_does_and_raw_answers_say_the_same(
    worlds: Callable[..., World], tmp_path: Path
) -> None:
    world = worlds()
    for seed, (key, confidence) in enumerate(CONFIDENCES.items()):
        world.put_video(key, seed=seed, answer=_answer(confidence))
        world.send_video(key)
    first = world.worker()
    world.settle(lines=len(CONFIDENCES))
    first.terminate()
    first.stop(60)
    before = {row["key"]: row["verdict"] for row in world.videos()}

    file = tmp_path / "strict.json"
    file.write_text(json.dumps(STRICT))
    assert world.reelsift("policy", "apply", str(file), "--yes").returncode == 0
    world.worker()
    foretold = json.loads(world.reelsift("reevaluate", "--dry-run", "--json").stdout)
    assert foretold["concludes"]
    refused = world.reelsift("reevaluate", "--yes", "--most", "0")
    assert refused.returncode == 1
    assert "more than --most 0" in refused.stderr

    done = world.reelsift("reevaluate", "--yes", "--wait", "--json")
    assert done.returncode == 0, done.stderr
    batch = json.loads(done.stdout)["batch"]
    after = {row["key"]: row["verdict"] for row in world.videos()}
    assert after == _by_raw_answers(world)
    moved = Counter((before[key], after[key]) for key in before if before[key] != after[key])
    assert moved
    assert {(move["before"], move["after"]): move["videos"] for move in foretold["moves"]} == moved

    lines = [json.loads(line) for line in world.reelsift("report", batch, "--json").stdout.splitlines()]
    assert {line["key"]: (line["verdict_before"], line["verdict"]) for line in lines} == {
        key: (before[key], after[key]) for key in before
    }
    assert {line["bucket"] for line in lines} == {BUCKET}
    retried = world.reelsift("retry", batch, "--yes")
    assert "is a re-evaluation" in retried.stderr
    _pause_and_resume(world)
    assert world.cloud.requests()["rekognition"]["StartContentModeration"] == len(CONFIDENCES), "nothing was started"


def _pause_and_resume(world: World) -> None:
    """Of the videos of a batch, which have the verdict already: nothing moves, and nothing is lost either."""
    (lines,) = {row["batch"].rpartition("#")[0] for row in world.outcomes() if row["batch"].startswith("direct-")}
    hold = world.cloud.add_fault("hold", service="dynamodb", operation="UpdateItem", body_contains="walk#", times=1)
    ordered = json.loads(world.reelsift("reevaluate", "--batch", lines, "--yes", "--json").stdout)
    assert ordered["moves"] == []
    batch = ordered["batch"]
    other = world.reelsift("reevaluate", "--dry-run")
    assert f"{batch} re-evaluates the archive already" in other.stderr
    eventually(lambda: world.cloud.held(hold), "a part that is being walked")
    assert world.reelsift("pause", batch).returncode == 0
    world.cloud.release(hold)
    eventually(lambda: _state(world, batch) == "Paused", "a paused re-evaluation")
    assert world.reelsift("resume", batch).returncode == 0
    eventually(lambda: _state(world, batch) == "Complete", "the end of the re-evaluation")


def _state(world: World, batch: str) -> str:
    state: str = json.loads(world.reelsift("status", batch, "--json").stdout)["state"]
    return state
