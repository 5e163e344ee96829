import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from urllib.request import Request, urlopen

import pytest

from integration.cli.conftest import Deployed
from support.patience import PATIENCE_S


def test_the_embedded_cloud_prints_what_other_terminals_need(deployed: Deployed) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "reelsift.cli", "local", "up", "--quota", "3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    exports: list[str] = []
    while not any("REKOGNITION_ROLE_ARN" in line for line in exports):
        line = process.stdout.readline()
        assert line.startswith("export "), process.stderr.read()
        exports.append(line)
    script = "".join(exports) + f"{sys.executable} -m reelsift.cli status"
    answer = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, env=dict(os.environ))
    assert "0 of 3 in use" in answer.stdout
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 0
    process.stdout.close()
    process.stderr.close()
    assert deployed.cli("status").exit_code == 0


def test_with_a_worker_there_is_all_that_a_first_batch_needs(deployed: Deployed) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "reelsift.cli", "local", "up", "--worker", "--job-seconds", "0.2"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    exports: list[str] = []
    while not any("REKOGNITION_ROLE_ARN" in line for line in exports):
        line = process.stdout.readline()
        assert line.startswith("export "), process.stderr.read()
        exports.append(line)
    reelsift = f"{sys.executable} -m reelsift.cli"
    script = "".join(exports) + (
        f"{reelsift} submit s3://$REELSIFT_DATA_BUCKETS/ --yes --wait && {reelsift} search --verdict reject"
    )
    answer = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, env=dict(os.environ))
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 0
    assert (answer.returncode, "Blood & Gore" in answer.stdout) == (0, True), answer.stderr
    said = process.stderr.read()
    assert said.startswith("the embedded cloud runs at http://127.0.0.1:")
    assert "Traceback" not in said
    assert deployed.cli("status").exit_code == 0
    process.stdout.close()
    process.stderr.close()


def test_the_console_opens_on_videos_that_wait_and_all_of_it_ends_with_a_signal(deployed: Deployed) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "reelsift.cli", "local", "console", "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            address, _, token = process.stdout.readline().strip().partition("#token=")
            headers = {"Authorization": f"Bearer {token}", "X-Reelsift-Console": "1"}
            asked = Request(f"{address}api/queues", headers=headers)  # noqa: S310 -- an address of this machine
            with urlopen(asked, timeout=PATIENCE_S) as answer:  # noqa: S310 -- the same
                assert sum(queue["waiting"] for queue in json.load(answer)["queues"]) > 1
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 128 + signal.SIGTERM
            assert "Traceback" not in process.stderr.read()
            with pytest.raises(ProcessLookupError):
                os.killpg(process.pid, 0)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert deployed.cli("status").exit_code == 0


@pytest.mark.parametrize("more", [[], ["--worker"]])
def test_a_port_that_is_taken_is_a_sentence(deployed: Deployed, more: list[str]) -> None:
    port = deployed.cloud.url.rsplit(":", 1)[-1]
    answer = subprocess.run(
        [sys.executable, "-m", "reelsift.cli", "local", "up", "--port", port, *more],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert f"cannot listen on port {port}" in answer.stderr
    assert "Traceback" not in answer.stderr
