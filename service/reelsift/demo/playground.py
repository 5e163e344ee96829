"""A place to try things: an embedded cloud with a deployment, a worker and a few videos in it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config

from reelsift.demo import cast, interruption
from reelsift.demo.provision import Provisioner
from reelsift.demo.worker_process import WorkerProcess
from rekognition_cloud.process import CloudError, CloudProcess

FILMS = tuple(film for film in cast.FILMS if "content_moderation" in film.answers)
"""Those whose moderation was written: each verdict is among them."""

_WAITS = {"REELSIFT_INTAKE_WAIT_S": "1", "REELSIFT_SLOT_POLL_S": "0.3", "REELSIFT_RECONCILE_S": "2"}


@dataclass(frozen=True, slots=True)
class Playground:
    """What runs: `variables` are those by which programs find it, `log` is where the worker writes."""

    url: str
    variables: Mapping[str, str]
    bucket: str
    videos: int
    log: Path


@contextmanager
def playground(deployment: str, knobs: Mapping[str, float]) -> Iterator[Playground]:
    """Run it until the context ends; `knobs` are those of the cloud, and its `port`. Raises CloudError."""
    with ExitStack() as started:
        folder = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="reelsift-local-")))
        cloud = CloudProcess(**dict(knobs))  # type: ignore[arg-type]
        started.callback(cloud.stop)
        # A Ctrl-C at a terminal is for this process: it ends the others.
        with interruption.held_back():
            cloud.start()
        settings = Provisioner(cloud.url, deployment).provision()
        aws = {name: value for name, value in cloud.env.items() if name.startswith("AWS_")}
        variables = {**aws, "AWS_REGION": aws["AWS_DEFAULT_REGION"], **settings}
        bucket = settings["REELSIFT_DATA_BUCKETS"]
        _upload(cloud.url, aws, bucket)
        with interruption.held_back():
            worker = WorkerProcess({**_WAITS, **_plain(cloud.env), **variables}, folder).start()
        started.callback(worker.kill)
        yield Playground(cloud.url, variables, bucket, len(FILMS), worker.log)


def _plain(env: Mapping[str, str]) -> dict[str, str]:
    """An environment in which nothing of the caller's own deployment is left."""
    return {name: value for name, value in env.items() if not name.startswith("REELSIFT_")}


def _upload(url: str, aws: Mapping[str, str], bucket: str) -> None:
    s3 = boto3.client(
        "s3",
        endpoint_url=url,
        region_name=aws["AWS_DEFAULT_REGION"],
        aws_access_key_id=aws["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"mode": "standard"}, s3={"addressing_style": "path"}),
    )
    for film in FILMS:
        for key, body in film.objects().items():
            s3.put_object(Bucket=bucket, Key=key, Body=body)


def serve_console(place: Playground, *, browser: bool) -> None:
    """Have the videos analysed, and serve the console until it ends. Raises CloudError where the first goes wrong."""
    environment = shell_environment(place.variables, Path(sys.executable).parent)
    reelsift = [sys.executable, "-m", "reelsift.cli"]
    submitted = subprocess.run(  # noqa: S603 -- this very program
        [*reelsift, "submit", f"s3://{place.bucket}/", "--yes", "--wait"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if submitted.returncode:
        raise CloudError(f"the videos could not be analysed: {submitted.stderr.strip()}")
    # A Ctrl-C at a terminal is for this process: it ends the others.
    with interruption.held_back():
        serving = subprocess.Popen(  # noqa: S603 -- the same
            [*reelsift, "console", "--browser" if browser else "--no-browser"], env=environment
        )
    try:
        serving.wait()
    finally:
        serving.terminate()
        serving.wait()


def shell_environment(variables: Mapping[str, str], programs: Path) -> dict[str, str]:
    """The environment of a shell in which `programs` are found, and find the playground."""
    path = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "REELSIFT_"))}
    return {**kept, **variables, "PATH": path}
