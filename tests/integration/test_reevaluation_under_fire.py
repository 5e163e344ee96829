"""Workers that re-evaluate are killed, overtaken by another policy, and sleep over a verdict of the one before: in the
end every verdict is the live policy's, by raw answers that the product has no hand in.
"""

import json
import signal
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chaos.fleet import short_worker
from reelsift.demo.worker_process import WorkerProcess
from support import raw_answers
from support.forks import Forks
from support.listening import Listening
from support.patience import PATIENCE_S
from support.world import QUICK, World, eventually

pytestmark = pytest.mark.process

MILD = {"review": 70, "reject": 98}
STRICT = {"review": 60, "reject": 80}
CONFIDENCES = [None, 40, 62, 65, 68, 75, 78, 82, 85, 88, 99, 99.5]
LATE = "late.mp4"

WAITS = QUICK | {
    # What a worker sleeps over is left to it, and done before a test gives up if it can do nothing when it wakes.
    "REELSIFT_RECHECK_SETTLED_S": "120",
    "REELSIFT_EVENT_BUS": "reelsift",
}

LAST_PASS = {"service": "dynamodb", "operation": "UpdateItem", "body_contains": '"number": {"N": "2"}'}
VERDICT_WRITTEN = {"service": "dynamodb", "operation": "UpdateItem", "body_contains": "rests_on"}


class Held:
    """Requests that the cloud holds by some rules."""

    def __init__(self, world: World, rules: list[int]) -> None:
        self._world = world
        self._rules = rules

    def wait(self) -> None:
        """Until there is one by each rule."""
        eventually(lambda: all(map(self._world.cloud.held, self._rules)), "requests that are held")

    def release(self) -> None:
        for rule in self._rules:
            self._world.cloud.release(rule)


class Fire:
    """A world with workers whose waits are short, and a bus that is listened to."""

    def __init__(self, world: World, forks: Forks, folder: Path) -> None:
        self.world = world
        self.bus = Listening(world, "reelsift")
        self._launch = short_worker(forks.popen, slack_s=2, silent_s=PATIENCE_S)
        self._folder = folder
        self.workers: list[WorkerProcess] = []

    def worker(self) -> WorkerProcess:
        self.workers.append(WorkerProcess(self.world.env, self._folder, launch=self._launch).start())
        return self.workers[-1]

    def send(self, key: str, confidence: float | None) -> None:
        self.world.put_video(key, seed=len(key), answer=raw_answers.answer(confidence))
        self.world.send_video(key)

    def apply(self, **thresholds: float) -> None:
        file = self._folder / "policy.json"
        file.write_text(json.dumps(raw_answers.policy(**thresholds)))
        self._done("policy", "apply", str(file), "--yes")

    def roll_back(self) -> None:
        self._done("policy", "rollback", "--yes")

    def order(self) -> str:
        """Have stored answers judged anew; the batch."""
        name: str = json.loads(self._done("reevaluate", "--yes", "--json"))["batch"]
        return name

    def batch(self, name: str) -> dict[str, Any]:
        (row,) = (row for row in self.world.rows("batches") if (row["batch_id"], row["part"]) == (name, "meta"))
        return row

    def over(self, name: str) -> dict[str, Any]:
        eventually(lambda: self.batch(name)["state"] in {"Complete", "Cancelled"}, f"the end of {name}")
        return self.batch(name)

    def verdicts(self) -> dict[str, tuple[str, int]]:
        """The verdict of each video, and the epoch of the policy that it is by."""
        return {row["key"]: (row["verdict"], int(row["epoch"])) for row in self.world.videos() if "verdict" in row}

    def hold_writes(self, *, but: int) -> "Held":
        """Have no more verdicts written than so many, of which whoever wrote it does not know the last."""
        add = partial(self.world.cloud.add_fault, "hold", **VERDICT_WRITTEN, skip=but - 1)
        return Held(self.world, [add(times=1, when="after"), add(when="before")])

    def hold(self, request: dict[str, str]) -> "Held":
        """Have the next such request come late: it is done once it is released."""
        rule = self.world.cloud.add_fault("hold", **request, times=1, when="before", drop_on_release=False)
        return Held(self.world, [rule])

    def lines(self, name: str) -> Counter[str]:
        """How many lines of a batch have ended over each key."""
        rows = (row for row in self.world.outcomes() if row["batch"].rpartition("#")[0] == name)
        return Counter(row["key"] for row in rows)

    def check_told(self) -> None:
        """Every revision of every video was heard, and the last says what is so."""
        eventually(lambda: all("untold" not in row for row in self.world.videos()), "everything is told")
        told: dict[str, dict[int, str]] = {}
        for event in self.bus.heard():
            detail = event["detail"]
            told.setdefault(detail["video"]["key"], {}).setdefault(detail["revision"], detail["status"])
        for row in self.world.videos():
            heard = told[row["key"]]
            assert sorted(heard) == list(range(1, int(row["revision"]) + 1))
            assert heard[int(row["revision"])] == row["status"]

    def _done(self, *arguments: str) -> str:
        done = self.world.reelsift(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def fire(worlds: Callable[..., World], forks: Forks, tmp_path: Path) -> Any:
    fire = Fire(worlds(waits=WAITS), forks, tmp_path)
    yield fire
    for worker in fire.workers:
        worker.signal(signal.SIGCONT)
        worker.terminate()
    for worker in fire.workers:
        worker.stop(PATIENCE_S)


@pytest.mark.long(60)
def test_whoever_dies_sleeps_or_goes_back_every_verdict_is_the_live_policys(fire: Fire) -> None:
    fire.apply(**MILD)
    first = fire.worker()
    for number, confidence in enumerate(CONFIDENCES):
        fire.send(f"{number}.mp4", confidence)
    fire.world.settle(lines=len(CONFIDENCES))
    before = fire.verdicts()
    assert before == {key: (verdict, 1) for key, verdict in raw_answers.verdicts(fire.world, **MILD).items()}

    # One is killed in the middle, and the policy goes back while another goes on.
    fire.apply(**STRICT)
    held = fire.hold_writes(but=3)
    overtaken = fire.order()
    held.wait()
    first.kill()
    held.release()
    assert Counter(epoch for _, epoch in fire.verdicts().values()) == {1: len(CONFIDENCES) - 3, 2: 3}
    held = fire.hold_writes(but=2)
    sleeper = fire.worker()
    held.wait()
    fire.roll_back()
    held.release()
    assert fire.over(overtaken)["stopped"] == "policy_changed"
    half = fire.verdicts()
    assert {epoch for _, epoch in half.values()} == {1, 2}

    # One sleeps over a verdict by the policy before; it is written behind the first pass.
    written = fire.hold(VERDICT_WRITTEN)
    fire.send(LATE, 66)
    written.wait()
    sleeper.signal(signal.SIGSTOP)
    fire.apply(**STRICT)
    behind = fire.hold(LAST_PASS)
    fire.worker()
    last = fire.order()
    behind.wait()
    strict = raw_answers.verdicts(fire.world, **STRICT)
    assert fire.verdicts() == {key: (strict[key], 4) for key in half}
    written.release()
    eventually(lambda: fire.verdicts().get(LATE) == ("approve", 3), "the verdict by the policy before")
    behind.release()
    sleeper.signal(signal.SIGCONT)
    assert fire.over(last)["state"] == "Complete"

    expected = {key: (verdict, 4) for key, verdict in raw_answers.verdicts(fire.world, **STRICT).items()}
    assert LATE in expected
    assert fire.verdicts() == expected
    (late,) = (row for row in fire.world.videos() if row["key"] == LATE)
    assert (late["reevaluated"]["number"], late["reevaluated"]["verdict"]) == (2, "approve")
    assert fire.lines(last) == dict.fromkeys(expected, 1)
    assert set(fire.lines(overtaken)) <= set(half)
    assert int(fire.batch(overtaken)["total"]) == fire.lines(overtaken).total()
    assert fire.world.cloud.requests()["rekognition"]["StartContentModeration"] == len(expected), "nothing was started"
    fire.world.settle(lines=2 * len(expected) + fire.lines(overtaken).total())
    fire.check_told()
