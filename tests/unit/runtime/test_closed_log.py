"""Whoever reads the log may go away: the worker does its work, and ends as it should."""

import signal
import subprocess
import sys

import pytest

from support.patience import PATIENCE_S

_WAITS_FOR_A_SIGNAL = """
import asyncio, structlog
from reelsift.log import configure_logs
from reelsift.runtime.signals import stop_on_signals

async def main():
    stop = asyncio.Event()
    with stop_on_signals(stop):
        print("ready", flush=True)
        await stop.wait()
        structlog.get_logger().info("stopped", text="x" * 100_000)

configure_logs("FORMAT", "info")
asyncio.run(main())
"""


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_process_whose_log_nobody_reads_any_more_hears_its_signal_and_ends_well(log_format: str) -> None:
    program = _WAITS_FOR_A_SIGNAL.replace("FORMAT", log_format)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"ready\n"
        process.stderr.close()
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
