"""Videos analysed by one system in a cloud of its own, with its meter on."""

import csv
import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measured import cpu_s
from rekognition_cloud import clips
from rekognition_cloud.metering.item_size import item_size
from support.world import BUCKET, World, eventually

UPLOADERS = 4

QUIET_S = 2.0
"""Nothing is written to any table for so long when all is done."""

IDLE_S = 60.0
"""How long a worker without work is watched: what it asks then is not the videos'."""

ITEM_BYTES = 100
"""What DynamoDB adds to each item when it bills storage."""

_BATCH_OF_MESSAGES = 10


@dataclass(frozen=True, slots=True)
class Scale:
    """So many videos of so many seconds, each a job of `job_s` seconds, at a quota."""

    videos: int
    video_s: float
    job_s: float
    quota: int


@dataclass(frozen=True, slots=True)
class Run:
    """What it took: the meter's entries, requests by service and operation, processor and wall time in seconds, bytes
    of log, and in the mean of a video its rows of detections, items a label, alerts, and bytes that stay in the tables.
    `idle` are the meter's entries of IDLE_S without work.
    """

    entries: list[dict[str, Any]]
    requests: dict[str, dict[str, int]]
    cpu_s: float
    seconds: float
    log_bytes: int
    labels: float
    alerts: float
    table_bytes: float
    idle: list[dict[str, Any]]


def run_reelsift(folder: Path, scale: Scale, analysis: str) -> Run:
    """One worker with the default settings; the batch is submitted by the command line, and is part of the bill."""
    world = _world(folder, scale)
    try:
        _upload(world, scale)
        cloud = world.cloud
        cloud.clear_requests()
        cloud.turn_meter()
        submitted = world.reelsift("submit", f"s3://{BUCKET}/videos/", "--analyses", analysis, "--yes", seconds=600)
        if submitted.returncode:
            raise RuntimeError(submitted.stderr)
        began = time.perf_counter()
        worker = world.worker()
        _wait(world, scale, lambda: worker.exit_code)
        cloud.turn_meter(on=False)
        run = Run(
            entries=cloud.meter(),
            requests=cloud.requests(),
            cpu_s=cpu_s(worker.pid),
            seconds=time.perf_counter() - began - QUIET_S,
            log_bytes=worker.log.stat().st_size,
            labels=len(world.rows("labels")) / scale.videos,
            alerts=len(world.alerts()) / scale.videos,
            table_bytes=_table_bytes(world) / scale.videos,
            idle=_idle(world),
        )
        world.check_promises(lines=scale.videos, billed=scale.videos, peak=scale.quota)
    finally:
        world.close()
    return run


def run_blog(folder: Path, scale: Scale) -> Run:
    """`bench.peers.blog`: a thread a job, rows under random ids."""

    def arguments(world: World, table: str) -> list[str]:
        manifest = folder / "manifest.csv"
        with manifest.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows((BUCKET, _key(number)) for number in range(scale.videos))
        return [str(manifest), table, world.env["REELSIFT_ALERTS_TOPIC_ARN"], str(scale.quota)]

    return _run_peer(folder, scale, "blog", arguments)


def run_consumer(folder: Path, scale: Scale) -> Run:
    """`bench.peers.consumer`: a queue, threads that poll."""

    def arguments(world: World, table: str) -> list[str]:
        bodies = [json.dumps({"bucket": BUCKET, "key": _key(number)}) for number in range(scale.videos)]
        world.send(*bodies)
        return [world.queue_url("intake"), table, world.env["REELSIFT_ALERTS_TOPIC_ARN"], str(scale.quota)]

    return _run_peer(folder, scale, "consumer", arguments)


def _run_peer(folder: Path, scale: Scale, name: str, arguments: Callable[[World, str], list[str]]) -> Run:
    """Moderation only: that is what they do."""
    world = _world(folder, scale)
    try:
        _upload(world, scale)
        table = f"{name}-labels"
        world.client("dynamodb").create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        world.cloud.clear_requests()
        world.cloud.turn_meter()
        command = [sys.executable, "-m", f"bench.peers.{name}", *arguments(world, table)]
        began = time.perf_counter()
        paths = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
        process = subprocess.Popen(command, env=world.env | {"PYTHONPATH": paths})
        try:
            used = _wait(world, scale, process.poll, lambda: cpu_s(process.pid))
        finally:
            process.kill()
            process.wait()
        world.cloud.turn_meter(on=False)
        items = world.client("dynamodb").scan(TableName=table, Select="COUNT")["Count"]
        return Run(
            entries=world.cloud.meter(),
            requests=world.cloud.requests(),
            cpu_s=used,
            seconds=time.perf_counter() - began - QUIET_S,
            log_bytes=0,
            labels=items / scale.videos,
            alerts=len(world.alerts()) / scale.videos,
            table_bytes=_table_bytes(world) / scale.videos,
            idle=[],
        )
    finally:
        world.close()


def _world(folder: Path, scale: Scale) -> World:
    return World(folder, subprocess.Popen, waits={}, quota=scale.quota, job_seconds=scale.job_s)


def _key(number: int) -> str:
    """As long as applications make them, 60 bytes: a key is part of what is stored, and so of what it costs.

    All in one folder: `submit` looks into up to a hundred for an inventory, and that is no video's cost.
    """
    return f"videos/u000123/2026/11/22/clip-{number:08d}-{number:016x}.mp4"


def _upload(world: World, scale: Scale) -> None:
    """One video as often as asked, made another content each time by a box that no player reads."""
    video = clips.clip(scale.video_s, fps=1)
    s3 = world.client("s3")

    def put(number: int) -> None:
        box = struct.pack(">I4sQ", 16, b"free", number)
        s3.put_object(Bucket=BUCKET, Key=_key(number), Body=video + box)

    with ThreadPoolExecutor(UPLOADERS) as pool:
        list(pool.map(put, range(scale.videos)))


def _wait(
    world: World, scale: Scale, exit_code: Callable[[], int | None], used: Callable[[], float] = lambda: 0.0
) -> float:
    """Until every video is analysed and nothing is written any more. Reads only the cloud's own ledger, since requests
    to its services would be counted. Returns the last value of `used` while the process ran.
    """
    last = 0.0
    written = -1.0
    deadline = time.monotonic() + 600 + 3 * scale.videos
    while time.monotonic() < deadline:
        ended = exit_code() is not None
        last = last if ended else used()
        before, written = written, _written(world)
        if world.cloud.summary()["open"] == 0 and len(world.cloud.jobs()) >= scale.videos and written == before:
            return last
        if ended and exit_code():
            raise RuntimeError("the process under measurement has ended with an error")
        time.sleep(QUIET_S)
    raise RuntimeError("the videos were not analysed in time")


def _written(world: World) -> float:
    return float(sum(entry["amount"] for entry in world.cloud.meter() if entry["unit"] in {"write unit", "publish"}))


def _table_bytes(world: World) -> int:
    """What all tables hold, as DynamoDB reckons its storage; entries of indexes are left out."""
    dynamodb = world.client("dynamodb")
    pages = [
        page
        for table in dynamodb.list_tables()["TableNames"]
        for page in dynamodb.get_paginator("scan").paginate(TableName=table)
    ]
    return sum(item_size(item) + ITEM_BYTES for page in pages for item in page["Items"])


def _idle(world: World) -> list[dict[str, Any]]:
    world.cloud.clear_meter()
    world.cloud.turn_meter()
    began = time.monotonic()
    eventually(lambda: time.monotonic() - began >= IDLE_S, "a minute without work", IDLE_S + 30)
    world.cloud.turn_meter(on=False)
    return world.cloud.meter()
