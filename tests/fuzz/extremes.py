"""`python -m fuzz.extremes`: lines of a gigabyte, through the command line and through a worker, and what they cost.

Too long for the suite, which has them with 64 MB (`tests/integration/test_bad_input.py`).
"""

import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import typer

from integration.test_bad_input import COLUMNS, memory_kb
from integration.test_inventories import complete, deliver, event, lines
from support.world import BUCKET, CLEAN, World

MIB = 1024 * 1024
GIGABYTE = 1024

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(megabytes: int = GIGABYTE) -> None:
    """Prints a line of JSON for each: what it was, the seconds, the most megabytes of memory, what was said."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), subprocess.Popen, quota=2, job_seconds=0.05)
        try:
            world.put_video("a.mp4", 1, answer=CLEAN)
            for option in ("--dry-run", "--yes"):
                _submit_stream(world, megabytes, option)
            _submit_file(world, Path(folder) / "bomb.csv.gz", _bomb(megabytes))
            _submit_file(world, Path(folder) / "empty.csv", b"")
            _submit_file(world, Path(folder) / "utf16.csv", f"{BUCKET},a.mp4\n".encode("utf-16"))
            _submit_file(world, Path(folder) / "old-mac.csv", f"{BUCKET},a.mp4\r{BUCKET},b.mp4\r".encode())
            _submit_file(world, Path(folder) / "binary.csv", os.urandom(MIB))
            _submit_file(world, Path(folder) / "columns.csv", b"bucket,key" + b",x" * 1_000_000 + b"\n")
            _read_inventory(world, megabytes)
        finally:
            world.close()


def _stream(megabytes: int) -> Iterator[bytes]:
    yield f"{BUCKET},a.mp4\n".encode()
    for _ in range(megabytes):
        yield b"x" * MIB
    yield f"\n{BUCKET},b.mp4\n".encode()


def _bomb(megabytes: int) -> bytes:
    body = io.BytesIO()
    with gzip.GzipFile(fileobj=body, mode="wb", compresslevel=1, mtime=0) as file:
        for piece in _stream(megabytes):
            file.write(piece)
    return body.getvalue()


def _submit_stream(world: World, megabytes: int, option: str) -> None:
    process = _submit(world, "-", option)
    assert process.stdin is not None
    for piece in _stream(megabytes):
        process.stdin.write(piece)
    process.stdin.close()
    _tell(f"submit - {option}, a line of {megabytes} MiB", process)


def _submit_file(world: World, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    process = _submit(world, str(path), "--dry-run")
    assert process.stdin is not None
    process.stdin.close()
    _tell(f"submit {path.name} --dry-run, {len(content)} bytes", process)


def _submit(world: World, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "reelsift.cli", "submit", *arguments]
    return subprocess.Popen(
        command, env=os.environ | world.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def _tell(what: str, process: "subprocess.Popen[bytes]") -> None:
    started = time.monotonic()
    assert process.stdout is not None
    said = process.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    _print(what, time.monotonic() - started, usage.ru_maxrss, f"exit {process.returncode}: {said[:400]}")


def _read_inventory(world: World, megabytes: int) -> None:
    worker = world.worker()
    row = f'"{BUCKET}","a.mp4","","true","false","5"\n'.encode()
    # What any inventory and its report take is taken first.
    deliver(world, "CSV", {"0.csv.gz": gzip.compress(row)}, columns=COLUMNS)
    world.send(event(world))
    complete(world)
    _, before = memory_kb(worker.pid)
    started = time.monotonic()
    body = io.BytesIO()
    with gzip.GzipFile(fileobj=body, mode="wb", compresslevel=1, mtime=0) as file:
        file.write(row)
        for _ in range(megabytes):
            file.write(b"x" * MIB)
        file.write(b"\n" + row)
    deliver(world, "CSV", {"1.csv.gz": body.getvalue()}, columns=COLUMNS)
    world.send(event(world))
    complete(world, 2)
    _, peak = memory_kb(worker.pid)
    found = {name: (row["status"], row.get("reason")) for name, row in lines(world).items() if name[0] == "1"}
    _print(f"an inventory's line of {megabytes} MiB", time.monotonic() - started, peak - before, json.dumps(found))


def _print(what: str, seconds: float, kilobytes: int, said: str) -> None:
    figures = {"input": what, "seconds": round(seconds, 1), "most_mb": round(kilobytes / 1024, 1), "said": said}
    typer.echo(json.dumps(figures))


if __name__ == "__main__":
    app()
