"""Input at the limit of what can be sent: an answer to each line, no harm to its neighbours, and memory that stays."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from integration.test_inventories import complete, deliver, event, lines
from reelsift.manifests.messages import MAX_BODY_BYTES, MAX_LINES
from support.world import BUCKET, CLEAN, World, eventually

pytestmark = pytest.mark.process

MIB = 1024 * 1024

COLUMNS = ("bucket", "key", "version_id", "is_latest", "is_delete_marker", "size")

HOSTILE_KEY = ('a "b"\x01\x7f ü🎥%2F+,\\' * 60).encode()[:1019].decode(errors="ignore") + ".mp4"
"""As long as a key may be, near enough, and of what spoils CSV, JSON, logs and URLs."""

REFUSED = {
    "a string as long as a message": (
        '"' + "a" * (MAX_BODY_BYTES - 2) + '"',
        "bad_line: the line is longer than 64 KiB",
    ),
    "a key as long as a message": (
        json.dumps({"bucket": BUCKET, "key": "a" * (MAX_BODY_BYTES - 50)}),
        "S3 keys have at most 1024",
    ),
    "a message of brackets": ("[" * MAX_BODY_BYTES, "nested too deeply"),
    "40,000 levels": ('{"a":' * 40_000 + "1" + "}" * 40_000, "nested too deeply"),
    "too many lines": ("a\n" * (MAX_BODY_BYTES // 2), f"more than {MAX_LINES} lines"),
    "too many objects": ("[" + "{}," * (MAX_BODY_BYTES // 3 - 2) + "{}]", f"more than {MAX_LINES} lines"),
    "a header of 13,000 columns": ("bucket,key," + ",".join(map(str, range(10_000))) + "\nabc", "1 field where the"),
    "half a surrogate pair": (json.dumps({"bucket": BUCKET, "key": "\ud800.mp4"}), "bad_line: key: "),
    "NUL": (json.dumps({"bucket": BUCKET, "key": "a\0.mp4"}), "NUL"),
    "a key of 1,025 bytes": (json.dumps({"bucket": BUCKET, "key": "ü" * 512 + "a"}), "1025 bytes"),
    "a float too large": (f'{{"bucket":"{BUCKET}","key":"a","size":1e400}}', "number too large"),
    "5,000 digits": (f'{{"bucket":"{BUCKET}","key":"a","size":{"9" * 5000}}}', "number too long"),
    "NaN": (f'{{"bucket":"{BUCKET}","key":NaN}}', "key: must be text"),
    "a member twice": (f'{{"bucket":"{BUCKET}","key":"a","key":"b"}}', "a member twice"),
    "wrong types": ('{"bucket":[],"key":{},"size":"1","again":1,"analyses":7,"batch":null}', "bucket: "),
}


def memory_kb(pid: int) -> tuple[int, int]:
    """What a process has in memory now, and the most that it ever had."""
    said = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(said["VmRSS"].split()[0]), int(said["VmHWM"].split()[0])


def test_messages_at_the_limit_are_answered_beside_good_ones_and_cost_no_memory(worlds: Callable[..., World]) -> None:
    world = worlds(quota=5, job_seconds=0.05)
    good = [HOSTILE_KEY, *(f"{number}.mp4" for number in range(4))]
    for key in good:
        world.put_video(key, 1, answer=CLEAN)
    worker = world.worker()
    world.send_video(good[1])
    world.settle(lines=1)
    before, _ = memory_kb(worker.pid)

    bodies = [body for body, _ in REFUSED.values()]
    for body in bodies[: len(bodies) // 2]:
        world.send(body)
    (named,) = world.send(json.dumps({"bucket": BUCKET, "key": HOSTILE_KEY}))
    several = [{"bucket": BUCKET}] * 600
    several[0] = several[299] = several[599] = {"bucket": BUCKET, "key": good[2]}
    (listed,) = world.send(json.dumps(several))
    for body in bodies[len(bodies) // 2 :]:
        world.send(body)
    (last,) = world.send(f"\ufeff{BUCKET},{good[3]}\r\n")
    expected = 1 + len(REFUSED) + 1 + 600 + 1
    world.settle(lines=expected)

    outcomes = {row["line"]: row for row in world.outcomes()}
    assert len(outcomes) == expected
    ended = [outcomes[line] for line in (named, f"{listed}:1", f"{listed}:300", f"{listed}:600", last)]
    assert [row["status"] for row in ended] == ["SUCCEEDED"] * 5
    assert ended[0]["key"] == HOSTILE_KEY
    letters = eventually(
        lambda: found if len(found := world.dead_letters()) == len(REFUSED) else [], "each has its dead letter"
    )
    by_size = {letter["Body"][:200]: letter for letter in letters}
    for what, (body, why) in REFUSED.items():
        reason = by_size[body[:200]]["MessageAttributes"]["reelsift-reason"]["StringValue"]
        assert why in reason, what
        assert len(reason) < 500, what
    _, peak = memory_kb(worker.pid)
    assert peak - before < 50 * 1024
    assert worker.exit_code is None
    log = worker.log.read_text()
    assert "message_failed" not in log
    assert "aws_unavailable" not in log


def test_a_line_of_64_mb_in_an_inventory_is_one_bad_row_and_costs_no_memory(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2, job_seconds=0.05)
    world.put_video("a.mp4", 1, answer=CLEAN)
    worker = world.worker()
    row = f'"{BUCKET}","%s","","true","false","5"'
    bomb = gzip.compress(
        b"\n".join([(row % "a.mp4").encode(), b"x" * (64 * MIB), (row % "b.mp4").encode(), b""]), compresslevel=1
    )
    assert len(bomb) < MIB
    # What the worker takes for any inventory and its report, Arrow above all, is no matter here.
    deliver(world, "CSV", {"0.csv.gz": gzip.compress((row % "a.mp4").encode())}, columns=COLUMNS)
    world.send(event(world))
    complete(world)
    _, before = memory_kb(worker.pid)
    deliver(world, "CSV", {"1.csv.gz": bomb}, columns=COLUMNS)
    world.send(event(world))
    complete(world, 2)

    found = {name: (row["status"], row.get("reason")) for name, row in lines(world).items()}
    assert found["1.csv.gz:2"] == ("FAILED", "bad_line")
    assert set(found) == {"0.csv.gz:1", "1.csv.gz:1", "1.csv.gz:2", "1.csv.gz:3"}
    _, peak = memory_kb(worker.pid)
    assert peak - before < 50 * 1024
    assert "64 KiB" in next(row["message"] for row in world.outcomes() if row["line"] == "1.csv.gz:2")


@pytest.mark.parametrize("stdin", [True, False])
def test_a_line_of_64_mb_in_a_manifest_is_one_bad_row_and_costs_no_memory(
    worlds: Callable[..., World], tmp_path: Path, *, stdin: bool
) -> None:
    world = worlds()
    world.put_video("a.mp4", 1)
    source = tmp_path / "m.csv"
    with source.open("wb") as file:
        file.write(f"{BUCKET},a.mp4\n".encode())
        for _ in range(64):
            file.write(b"x" * MIB)
        file.write(f"\n{BUCKET},a.mp4,null\n".encode())
    told, used_kb = submitted(world, source, stdin=stdin)

    assert used_kb < 300 * 1024
    assert told.startswith("exit 0: lines      3"), told
    assert "bad lines  1" in told
    assert f"{'-' if stdin else 'm.csv'}:2: the line is longer than 64 KiB" in told


SUBMIT = """
import atexit, sys
from pathlib import Path
from reelsift.cli.main import main
atexit.register(lambda: sys.stdout.write(Path("/proc/self/status").read_text()))
main()
"""
"""The command, and at its end its own books: those of its parent would tell of what that had before the exec, too."""


def submitted(world: World, source: Path, *, stdin: bool) -> tuple[str, int]:
    """Submits a manifest; gives what the command said and the most kilobytes that it used."""
    command = [sys.executable, "-c", SUBMIT, "submit", "-" if stdin else str(source), "--yes"]
    with source.open("rb") as file:
        process = subprocess.run(
            command,
            env=os.environ | world.env,
            stdin=file if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    (used,) = [line for line in process.stdout.splitlines() if line.startswith("VmHWM:")]
    return f"exit {process.returncode}: {process.stdout}", int(used.split()[1])
