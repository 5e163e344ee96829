"""What the demo starts and ends: an embedded cloud with a deployment in it, and two workers."""

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config

from reelsift.demo import cast, interruption
from reelsift.demo.mailbox import Mailbox
from reelsift.demo.provision import Provisioner
from reelsift.demo.worker_process import WorkerProcess
from rekognition_cloud.process import CloudProcess

QUOTA = 4
JOB_FACTOR = 0.1
"""Seconds an analysis takes for each second of video."""

WORKERS = 2
_STOP_S = 25
_LOG_LINES = 12


class Stage:
    """A context manager; whatever was started in it has ended after it, whichever way it is left.

    Settings and credentials of the deployment stand in this process's environment as soon as there are any.
    """

    def __init__(self, folder: Path) -> None:
        self.cloud = CloudProcess(quota=QUOTA, job_factor=JOB_FACTOR)
        self.workers: list[WorkerProcess] = []
        self._folder = folder
        self._started = ExitStack()

    def open_cloud(self) -> None:
        """Start the cloud. Raises CloudError where it does not come up."""
        self._started.callback(self.cloud.stop)
        with interruption.held_back():
            self.cloud.start()

    def deploy(self) -> Mailbox:
        """Make the deployment's resources, and a mailbox that its alerts arrive in."""
        settings = Provisioner(self.cloud.url).provision(cast.BUCKET)
        os.environ |= self.cloud.env | settings
        return Mailbox(self.client("sqs"), self.client("sns"), settings["REELSIFT_ALERTS_TOPIC_ARN"])

    def upload(self, objects: dict[str, bytes]) -> None:
        s3 = self.client("s3")
        for key, body in objects.items():
            s3.put_object(Bucket=cast.BUCKET, Key=key, Body=body)

    def start_workers(self) -> None:
        for _ in range(WORKERS):
            with interruption.held_back():
                worker = WorkerProcess(os.environ, self._folder).start()
                self._started.callback(_end, worker)
            self.workers.append(worker)

    def stop_workers(self) -> list[int]:
        """SIGTERM to both, as ECS sends it; their exit codes."""
        for worker in self.workers:
            worker.terminate()
        return [_waited_for(worker) for worker in self.workers]

    def workers_live(self) -> bool:
        return all(worker.exit_code is None for worker in self.workers)

    def last_words(self) -> list[str]:
        """The ends of the workers' logs, which are gone with the folder."""
        return [
            line
            for worker in self.workers
            for line in worker.log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        ]

    def client(self, service: str) -> Any:
        """A client of boto3 for what the demo does beside reelsift: uploading, and reading mail."""
        config = Config(retries={"mode": "standard"}, s3={"addressing_style": "path"})
        return boto3.client(service, config=config)  # type: ignore[call-overload]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        interruption.ignore_from_here()
        self._started.close()


def _waited_for(worker: WorkerProcess) -> int:
    # Not `stop`, which sends SIGTERM too: a second one may meet a worker that has put the old handlers back.
    try:
        return worker.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        worker.kill()
        return worker.wait(_STOP_S)


def _end(worker: WorkerProcess) -> None:
    """What still runs here was not to be waited for: nothing in the embedded cloud is worth an orderly end."""
    if worker.exit_code is None:
        worker.kill()
