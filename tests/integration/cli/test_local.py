"""`reelsift local`: its processes are forked; a demo that starts cold is tried in tests/e2e/test_demo.py."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from integration.cli.conftest import Deployed
from support.forks import Forks
from support.patience import PATIENCE_S

LOCAL = [sys.executable, "-m", "support.forking", "reelsift.cli", "local"]


def test_the_embedded_cloud_prints_what_other_terminals_need(
    deployed: Deployed, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = forks.popen([*LOCAL, "up", "--quota", "3"], stdout=subprocess.PIPE, text=True)
    with monkeypatch.context() as there:
        _export(process, there)
        assert "0 of 3 in use" in deployed.cli("status").stdout
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 0
    _close(process)
    assert deployed.cli("status").exit_code == 0


def test_with_a_worker_there_is_all_that_a_first_batch_needs(
    deployed: Deployed, forks: Forks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "said"
    with said.open("w") as file:
        process = forks.popen(
            [*LOCAL, "up", "--worker", "--job-seconds", "0.2"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        )
    with monkeypatch.context() as there:
        _export(process, there)
        bucket = os.environ["REELSIFT_DATA_BUCKETS"]
        submitted = deployed.cli("submit", f"s3://{bucket}/", "--yes", "--wait")
        assert submitted.exit_code == 0, submitted.stderr
        assert "Blood & Gore" in deployed.cli("search", "--verdict", "reject").stdout
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 0
    _close(process)
    assert said.read_text().startswith("the embedded cloud runs at http://127.0.0.1:")
    assert "Traceback" not in said.read_text()
    assert deployed.cli("status").exit_code == 0


def _export(process: "subprocess.Popen[str]", there: pytest.MonkeyPatch) -> None:
    """Have the environment that a shell has of the lines that are printed for other terminals."""
    assert process.stdout is not None
    exports: list[str] = []
    while not any("REKOGNITION_ROLE_ARN" in line for line in exports):
        line = process.stdout.readline()
        assert line.startswith("export "), line
        exports.append(line)
    shell = subprocess.run(["bash", "-c", "".join([*exports, "env -0"])], capture_output=True, text=True, check=True)
    for variable in shell.stdout.split("\0"):
        name, _, value = variable.partition("=")
        if name.startswith(("AWS_", "REELSIFT_")):
            there.setenv(name, value)


def _close(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    process.stdout.close()


def test_the_console_opens_on_videos_that_wait_and_all_of_it_ends_with_a_signal(
    deployed: Deployed, forks: Forks, tmp_path: Path
) -> None:
    said = tmp_path / "said"
    with said.open("w") as file:
        process = forks.popen([*LOCAL, "console", "--no-browser"], stdout=subprocess.PIPE, stderr=file, text=True)
    try:
        assert process.stdout is not None
        address, _, token = process.stdout.readline().strip().partition("#token=")
        headers = {"Authorization": f"Bearer {token}", "X-Reelsift-Console": "1"}
        asked = Request(f"{address}api/queues", headers=headers)  # noqa: S310 -- an address of this machine
        with urlopen(asked, timeout=PATIENCE_S) as answer:  # noqa: S310 -- the same
            assert sum(queue["waiting"] for queue in json.load(answer)["queues"]) > 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 128 + signal.SIGTERM
        assert "Traceback" not in said.read_text()
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
    finally:
        _close(process)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert deployed.cli("status").exit_code == 0


@pytest.mark.parametrize("more", [[], ["--worker"]])
def test_a_port_that_is_taken_is_a_sentence(deployed: Deployed, forks: Forks, more: list[str], tmp_path: Path) -> None:
    port = deployed.cloud.url.rsplit(":", 1)[-1]
    said = tmp_path / "said"
    with said.open("w") as file:
        process = forks.popen([*LOCAL, "up", "--port", port, *more], stderr=file)
    assert process.wait(PATIENCE_S) == 1
    assert f"cannot listen on port {port}" in said.read_text()
    assert "Traceback" not in said.read_text()
