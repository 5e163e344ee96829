"""The image, built for real, and the worker in it as ECS runs it. Needs root and a builder that needs no daemon."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.image.builder import Builder, Image
from e2e.image.container import Container
from reelsift import __version__
from support.world import CLEAN, World, eventually

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("image"), pytest.mark.long(900)]

REVISION = "0123456789abcdef0123456789abcdef01234567"
BASE, DIGEST = "docker.io/library/python:3.11-slim", f"sha256:{5:064d}"

WRITABLE = """
import os
for folder, _, files in os.walk("/"):
    for path in (folder, *(os.path.join(folder, name) for name in files)):
        if not path.startswith(("/proc/", "/dev/")) and not os.path.islink(path) and os.access(path, os.W_OK):
            print(path)
"""
"""Prints every path that whoever runs it may write."""

NOT_COMPILED = """
import sys
import pyarrow.orc, pyarrow.parquet, reelsift.cli.main, reelsift.worker.lifecycle
UNCHECKED = (1).to_bytes(4, "little")
for name, module in list(sys.modules.items()):
    spec = getattr(module, "__spec__", None)
    if spec and spec.origin and spec.origin.endswith(".py") and spec.cached:
        try:
            with open(spec.cached, "rb") as bytecode:
                flags = bytecode.read(8)[4:]
        except FileNotFoundError:
            flags = b""
        if flags != UNCHECKED:
            print(name)
"""
"""Prints the modules a worker loads whose bytecode is missing, or would be stale once a builder sets other times.

docs.python.org/3/reference/import.html#pyc-invalidation; the flags follow the magic number.
"""

INVENTORIES = """
import pyarrow, pyarrow.orc, pyarrow.parquet
table = pyarrow.table({"key": ["a.mp4", "b.mp4"], "size": [1, 2]})
pyarrow.parquet.write_table(table, "/tmp/keys.parquet")
pyarrow.orc.write_table(table, "/tmp/keys.orc")
with open("/tmp/keys.parquet", "rb") as file:
    print([row for batch in pyarrow.parquet.ParquetFile(file).iter_batches(1) for row in batch.to_pylist()])
with open("/tmp/keys.orc", "rb") as file:
    print(pyarrow.orc.ORCFile(file).read_stripe(0).to_pylist())
"""


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with Builder() as builder:
        yield builder.build(
            version=__version__,
            revision=REVISION,
            source="https://example.com/reelsift",
            base_name=BASE,
            base_digest=DIGEST,
        )


def test_it_runs_the_worker_directly_as_its_own_user(image: Image) -> None:
    assert image.config["Entrypoint"] + image.config["Cmd"] == ["reelsift", "worker"]
    assert image.config["User"] == "10001:10001"
    assert image.config["Healthcheck"]["Test"] == ["CMD", "reelsift", "worker", "--check"]


def test_its_labels_say_what_it_is_and_of_which_revision(image: Image) -> None:
    prefix = "org.opencontainers.image."
    labels = {
        name.removeprefix(prefix): value for name, value in image.config["Labels"].items() if name.startswith(prefix)
    }
    assert labels.pop("description").startswith("Moderates the videos that already lie in S3")
    assert labels == {
        "title": "reelsift",
        "licenses": "Apache-2.0",
        "version": __version__,
        "revision": REVISION,
        "source": "https://example.com/reelsift",
        "base.name": BASE,
        "base.digest": DIGEST,
    }


def test_it_holds_no_compiler_no_pip_no_cache_and_no_secret_of_the_build(image: Image) -> None:
    tools = re.compile(r"(pip|uv|hatchling|gcc|g\+\+|cc|c\+\+|clang|ld|make)([-\d.]+)?")
    programs = [path for folder in image.root.glob("**/bin") for path in folder.iterdir() if tools.fullmatch(path.name)]
    packages = [
        path
        for folder in image.root.glob("**/python3*")
        for name in ("ensurepip", "pip", "hatchling", "setuptools")
        for path in folder.glob(f"**/{name}/__init__.py")
    ]
    caches = [
        path
        for folder in ("root/.cache", "var/cache/apt/archives", "var/lib/apt/lists", "build", "opt/build")
        for path in (image.root / folder).glob("**/*")
        if path.is_file() and path.name != "lock"
    ]
    secrets = [path for name in ("etc/pip.conf", "run/secrets/ca") if (path := image.root / name).exists()]
    assert programs + packages + caches + secrets == []


def test_nothing_but_its_volume_can_be_written(image: Image, tmp_path: Path) -> None:
    assert Container(image, tmp_path).run("python", "-c", WRITABLE).split() == ["/tmp"]  # noqa: S108  # the image's own


def test_nothing_is_compiled_when_it_starts(image: Image, tmp_path: Path) -> None:
    assert Container(image, tmp_path).run("python", "-c", NOT_COMPILED).split() == []


def test_it_reads_inventories_with_what_is_left_of_pyarrow(image: Image, tmp_path: Path) -> None:
    rows = "[{'key': 'a.mp4', 'size': 1}, {'key': 'b.mp4', 'size': 2}]"
    assert Container(image, tmp_path).run("python", "-c", INVENTORIES).splitlines() == [rows, rows]


def test_its_worker_brings_a_video_to_its_end_and_stops_when_told(
    image: Image, worlds: Callable[..., World], tmp_path: Path
) -> None:
    world = worlds()
    settings = {name: value for name, value in world.env.items() if name.startswith(("AWS_", "REELSIFT_"))}
    with Container(image, tmp_path, settings | {"REELSIFT_LOG_FORMAT": "json"}) as container:
        world.put_video("talks/keynote.mp4", answer=CLEAN)
        world.send_video("talks/keynote.mp4")
        world.settle(1)
        assert [job["state"] for job in world.jobs()] == ["CLOSED"]
        eventually(lambda: container.execute("reelsift", "worker", "--check") == 0, "the health check says alive")
        status = Path(f"/proc/{container.pid}/status").read_text()
        assert re.search(r"^Uid:\s+10001\s+10001\s+10001\s+10001$", status, re.MULTILINE)
        assert re.search(r"^NSpid:\s+\d+\s+1$", status, re.MULTILINE)
        assert re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE)
        exit_code = container.stop()
    log = [json.loads(line) for line in container.log.read_text().splitlines()]
    assert exit_code == 0, log
    assert [line["event"] for line in log if line["level"] in ("warning", "error")] == []
    world.check_promises(lines=1, billed=1)
