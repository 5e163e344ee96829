import os
import signal
import subprocess
import sys

from integration.cli.conftest import Deployed


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
    assert process.wait(20) == 0
    process.stdout.close()
    process.stderr.close()
    assert deployed.cli("status").exit_code == 0


def test_a_port_that_is_taken_is_a_sentence(deployed: Deployed) -> None:
    port = deployed.cloud.url.rsplit(":", 1)[-1]
    answer = subprocess.run(
        [sys.executable, "-m", "reelsift.cli", "local", "up", "--port", port],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert f"cannot listen on port {port}" in answer.stderr
    assert "Traceback" not in answer.stderr
