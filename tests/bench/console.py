"""`python -m bench console`: how long reviewers wait for the console, by how many there are and how much is open."""

import asyncio
import http.client
import json
import multiprocessing
import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from typing import Annotated, Any

import boto3
import typer
from starlette.requests import HTTPConnection

from bench.figures import tell
from bench.items import environment, fill
from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.aws.table import READ_ITEMS
from reelsift.console.serving import LOOPBACK, listen, make_console, serve
from reelsift.console.viewer import EVERYBODY, Viewer
from reelsift.demo.provision import Provisioner
from reelsift.demo.worker_process import WorkerProcess
from reelsift.domain.status import Status, VideoStatus
from reelsift.reviews.reviewer import Reviewer
from reelsift.settings import load_settings
from rekognition_cloud import clips
from rekognition_cloud.process import CloudProcess
from support.world import QUICK, eventually

PAINTED_MS = 900

_BUCKET = "videos"

_UPLOADED = 2_000
"""Videos that wait for the fleet."""

_WELL_ON_ITS_WAY = 20
"""Of these, as many are analysed before reviewers begin."""


def command(
    items: Annotated[int, typer.Option(help="Open items.")] = 100_000,
    reviewers: Annotated[int, typer.Option(help="Reviewers at a time.")] = 20,
    rounds: Annotated[int, typer.Option(help="Videos that each of them decides.")] = 10,
    think_s: Annotated[float, typer.Option(help="How long (s) each looks at a video, on average; 0: not at all.")] = 5,
    workers: Annotated[int, typer.Option(help="Workers who analyse videos meanwhile.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Reviewers who take an item, look at it, approve it, and take the next, by the console's HTTP: some minutes."""
    tell(_figures(items, reviewers, rounds, think_s, workers), out)


def _figures(items: int, reviewers: int, rounds: int, think_s: float, workers: int) -> Iterator[dict[str, Any]]:
    with CloudProcess(start_rate=100, get_rate=200, job_seconds=1) as cloud:
        env = cloud.env | Provisioner(cloud.url).provision(_BUCKET)
        with environment(env):
            began = time.perf_counter()
            asyncio.run(_fill(items))
            sys.stderr.write(f"{items} items were written in {time.perf_counter() - began:.0f} s\n")
        with _served(env) as host, _fleet(env | QUICK, workers) as analysed:
            # The embedded cloud sorts each index when it is first asked for; a table on AWS never does.
            first, spent = _Spent(), _Spent()
            _review(host, "the first", 1, 0, first)
            crowd = [
                threading.Thread(target=_review, args=(host, f"r{number}", rounds, think_s, spent))
                for number in range(reviewers)
            ]
            for person in crowd:
                person.start()
            for person in crowd:
                person.join()
            fleet = analysed()
        with environment(env):
            undecided = asyncio.run(_undecided(first.videos + spent.videos))
    for what, times in (("next", spent.next_s), ("decide", spent.decide_s)):
        yield {
            "what": f"console: {what}",
            "open": items,
            "reviewers": reviewers,
            "think_s": think_s,
            "asked": len(times),
            "very_first_next_ms": round(first.next_s[0] * 1000),
            "given_twice": len(spent.videos) - len(set(spent.videos)),
            "undecided": undecided,
            "workers": workers,
            "analysed_meanwhile": fleet,
            "p50_ms": round(quantiles(times, n=100, method="inclusive")[49] * 1000),
            "p99_ms": round(quantiles(times, n=100, method="inclusive")[98] * 1000),
        }


async def _undecided(videos: list[str]) -> int:
    """Of some videos how many are not what was decided of them."""
    async with open_deployment(load_settings()) as deployment:
        rows: dict[str, VideoStatus] = {}
        for start in range(0, len(videos), READ_ITEMS):
            rows |= await deployment.reviews.get_many(sorted(set(videos))[start : start + READ_ITEMS])
    return sum(row.status is not Status.APPROVED or row.last_decision != 1 for row in rows.values())


@contextmanager
def _fleet(env: Mapping[str, str], workers: int) -> Iterator[Callable[[], int]]:
    """Workers with more videos than they can analyse meanwhile; gives how many they have done."""
    if not workers:
        yield lambda: 0
        return
    with environment(env), ExitStack() as running:
        s3, sqs = boto3.client("s3"), boto3.client("sqs")
        url = sqs.get_queue_url(QueueName=f"{env['REELSIFT_DEPLOYMENT']}-intake")["QueueUrl"]
        clip = clips.clip(2)
        for number in range(_UPLOADED):
            key = f"uploaded/{number}.mp4"
            s3.put_object(Bucket=_BUCKET, Key=key, Body=clip)
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"bucket": _BUCKET, "key": key}))
        for _ in range(workers):
            running.enter_context(WorkerProcess(env))

        def analysed() -> int:
            table = boto3.resource("dynamodb").Table(f"{env['REELSIFT_DEPLOYMENT']}-jobs")
            return sum("uploaded/" in str(row.get("key", "")) and "open" not in row for row in _scan(table))

        eventually(lambda: analysed() >= _WELL_ON_ITS_WAY, "the fleet is at work")
        began_with = analysed()
        yield lambda: analysed() - began_with


def _scan(table: Any) -> Iterator[Any]:
    start: dict[str, Any] = {}
    while True:
        page = table.scan(**start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


class _Spent:
    """What all reviewers have seen."""

    def __init__(self) -> None:
        self.next_s: list[float] = []
        self.decide_s: list[float] = []
        self.videos: list[str] = []


def _review(host: str, name: str, rounds: int, think_s: float, spent: _Spent) -> None:
    connection = http.client.HTTPConnection(host, timeout=120)
    chance = random.Random(name)
    time.sleep(chance.uniform(0, think_s))
    for _ in range(rounds):
        item, seconds = _ask(connection, name, "/api/next", {"queues": ["default"]})
        spent.next_s.append(seconds)
        spent.videos.append(item["video_id"])
        time.sleep(chance.uniform(0, 2 * think_s))
        decision = {
            "video_id": item["video_id"],
            "action": "approve",
            "seen_decision": item["seen_decision"],
            # No bucket has these videos.
            "content_changed": True,
            "idempotency_key": uuid.uuid4().hex,
            "seen": {"painted_ms": PAINTED_MS},
        }
        _, seconds = _ask(connection, name, "/api/decisions", decision)
        spent.decide_s.append(seconds)


def _ask(connection: http.client.HTTPConnection, name: str, path: str, body: Any) -> tuple[Any, float]:
    """What was answered, and how long (seconds) that took."""
    headers = {"X-Reelsift-Console": "1", "Authorization": f"Bearer {name}", "Content-Type": "application/json"}
    began = time.perf_counter()
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    read = json.loads(answer.read())
    spent = time.perf_counter() - began
    assert answer.status == http.HTTPStatus.OK, read
    return read, spent


async def _fill(size: int) -> None:
    async with open_deployment(load_settings()) as deployment:
        await fill(deployment, size)


@contextmanager
def _served(env: Mapping[str, str]) -> Iterator[str]:
    """A console in a process of its own; where it is."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(dict(env), there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def _serve(env: Mapping[str, str], there: Connection) -> None:
    async def run() -> None:
        async with open_deployment(load_settings()) as deployment:
            with listen(LOOPBACK, 0) as listening:
                app = await make_console(deployment, _AnybodysGate(deployment), https=False)
                host = f"{LOOPBACK}:{listening.getsockname()[1]}"
                await serve(app, listening, asyncio.Event(), ready=lambda: there.send(host))

    with environment(env):
        asyncio.run(run())


class _AnybodysGate:
    """Whoever says a name is who has it."""

    kind = "loopback"
    has_sessions = False

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._known: dict[str, Viewer] = {}

    def admit(self, connection: HTTPConnection) -> None:
        pass

    async def viewer(self, connection: HTTPConnection) -> Viewer:
        name = connection.headers["authorization"].removeprefix("Bearer ")
        if name not in self._known:
            self._known[name] = Viewer(Reviewer(name, name), EVERYBODY, name)
        return self._known[name]
