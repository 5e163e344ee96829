"""A deployment in an embedded cloud of its own, its workers as processes, and its books read from outside."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from reelsift.demo.provision import Provisioner
from reelsift.demo.worker_process import WorkerProcess
from rekognition_cloud import clips
from rekognition_cloud.process import CloudProcess
from support.acting import who_runs
from support.books import Books
from support.deployed_cloud import BUCKET, DEPLOYMENT
from support.enforcement import Enforcement
from support.eventually import eventually
from support.forks import Deployed
from support.patience import PATIENCE_S

__all__ = ["ALERTING", "BUCKET", "CLEAN", "QUICK", "Launch", "World", "eventually"]

QUICK = {
    "REELSIFT_RECEIVE_WAIT_S": "5",
    "REELSIFT_INTAKE_WAIT_S": "2",
    "REELSIFT_VISIBILITY_S": "4",
    "REELSIFT_HEARTBEAT_S": "1",
    "REELSIFT_RESERVATION_S": "6",
    "REELSIFT_SLOT_POLL_S": "0.2",
    "REELSIFT_RECONCILE_S": "2",
    "REELSIFT_RECHECK_STARTING_S": "2",
    "REELSIFT_RECHECK_RUNNING_S": "4",
    "REELSIFT_RECHECK_COLLECTING_S": "2",
    "REELSIFT_RECHECK_SETTLED_S": "2",
    "REELSIFT_RECHECK_WAITING_S": "2",
    "REELSIFT_RETRY_DELAY_S": "0",
    "REELSIFT_START_RATE": "50",
    "REELSIFT_GET_RATE": "100",
    "REELSIFT_METRICS_INTERVAL_S": "30",
    "REELSIFT_DRAIN_S": "20",
}
"""Waits short enough for a test, in the proportions that the settings demand. A worker with nothing to do asks AWS
five times a second: each of these waits is one that its cloud answers for nothing.
"""

ALERTING = {
    "JobStatus": "SUCCEEDED",
    "ModerationModelVersion": "7.0",
    "ModerationLabels": [
        {
            "Timestamp": at,
            "ModerationLabel": {"Name": name, "ParentName": parent, "Confidence": confidence, "TaxonomyLevel": level},
        }
        for at, confidence in ((500, 91.25), (1000, 98.5), (1500, 88.0))
        for name, parent, level in (("Explicit", "", 1), ("Explicit Nudity", "Explicit", 2))
    ],
}
"""A recorded answer whose peak, 98.5, is above the alert threshold and whose mean is not."""

CLEAN = ALERTING | {"ModerationLabels": []}

Launch = Callable[..., "subprocess.Popen[Any]"]


class World(Books):
    """What a test sees and does in a deployment that it has to itself."""

    def __init__(
        self,
        folder: Path,
        launch: Launch,
        *,
        deployed: Deployed | None = None,
        versioned: bool = True,
        waits: Mapping[str, str] = QUICK,
        **knobs: float,
    ) -> None:
        """`launch` starts the workers, and the cloud where no cloud is `deployed`; `waits` are the workers' settings,
        none for the defaults.
        """
        self.folder = folder
        self._launch = launch
        # What has had versions once cannot be without.
        deployed = deployed if versioned else None
        knobs = {"start_rate": 100, "get_rate": 200, "job_seconds": 0.3, **knobs}
        cloud = deployed.cloud(**knobs) if deployed else CloudProcess(launch=launch, **knobs)
        cloud.start()
        self._workers: list[WorkerProcess] = []
        if deployed:
            settings = dict(deployed.settings)
        else:
            settings = Provisioner(cloud.url, DEPLOYMENT).provision(BUCKET, versioned=versioned)
        super().__init__(cloud, DEPLOYMENT, None if deployed else settings["REELSIFT_ALERTS_TOPIC_ARN"])
        self.enforcement = Enforcement(cloud, settings, deployed.roles if deployed else None)
        self.env = cloud.env | settings | dict(waits) | {"REELSIFT_QUOTA": str(int(knobs.get("quota", 20)))}

    def close(self) -> None:
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            worker.stop(PATIENCE_S)
        self.enforcement.close()
        self.cloud.stop()

    # What a user has and does

    def put_video(self, key: str, seconds: float = 2, *, seed: int = 0, answer: Any = None) -> str:
        """Upload a real clip, and beside it the answer that Rekognition is to give; returns the ETag."""
        s3 = self.client("s3")
        if answer is not None:
            s3.put_object(Bucket=BUCKET, Key=f"{key}.content_moderation.json", Body=json.dumps(answer))
        stored = s3.put_object(Bucket=BUCKET, Key=key, Body=clips.clip(seconds, seed=seed))
        etag: str = stored["ETag"].strip('"')
        return etag

    def send(self, *bodies: str, queue: str = "intake") -> list[str]:
        """Push messages; returns their ids."""
        url = self.queue_url(queue)
        ids: list[str] = []
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies[start : start + 10])]
            answer = self.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
            ids += [sent["MessageId"] for sent in sorted(answer["Successful"], key=lambda sent: int(sent["Id"]))]
        return ids

    def send_video(self, key: str, **members: Any) -> str:
        return self.send(json.dumps({"bucket": BUCKET, "key": key, **members}))[0]

    def reelsift(self, *arguments: str, seconds: float = PATIENCE_S) -> "subprocess.CompletedProcess[str]":
        """Run the command line to its end, with nothing on its standard input."""
        command = [sys.executable, "-m", "reelsift.cli", *arguments]
        with TemporaryFile("w+", encoding="utf-8") as stdout, TemporaryFile("w+", encoding="utf-8") as stderr:
            env = self.env | self.enforcement.environment(who_runs(arguments))
            process = self._launch(command, env=env, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
            try:
                exit_code = process.wait(seconds)
            finally:
                process.kill()
            stdout.seek(0)
            stderr.seek(0)
            return subprocess.CompletedProcess(command, exit_code, stdout.read(), stderr.read())

    def worker(self, launch: Launch | None = None, /, **settings: str) -> WorkerProcess:
        """Start a worker; `settings` are REELSIFT_ variables without the prefix, `launch` another way to start it."""
        env = self.env | {f"REELSIFT_{name.upper()}": value for name, value in settings.items()}
        env |= self.enforcement.environment("task")
        worker = WorkerProcess(env, self.folder, launch=launch or self._launch).start()
        self._workers.append(worker)
        return worker
