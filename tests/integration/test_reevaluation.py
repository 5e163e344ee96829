"""A new policy acts on stored answers: asked for on the command line, done by worker processes."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from support import raw_answers
from support.patience import PATIENCE_S
from support.world import BUCKET, World, eventually

pytestmark = pytest.mark.process

CONFIDENCES = {"calm.mp4": None, "mild.mp4": 62.0, "some.mp4": 75.0, "much.mp4": 88.0, "worst.mp4": 99.0}
STRICT = raw_answers.policy(review=60, reject=80)


def test_what_the_test_foretells_is_what_it_does_and_raw_answers_say_the_same(
    worlds: Callable[..., World], tmp_path: Path
) -> None:
    world = worlds()
    for seed, (key, confidence) in enumerate(CONFIDENCES.items()):
        world.put_video(key, seed=seed, answer=raw_answers.answer(confidence))
        world.send_video(key)
    first = world.worker()
    world.settle(lines=len(CONFIDENCES))
    first.terminate()
    first.stop(PATIENCE_S)
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
    assert after == raw_answers.verdicts(world, review=60, reject=80)
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
