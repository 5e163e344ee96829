"""`python -m bench queries`: what a query of an index costs the embedded cloud, by the size of the table."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer

from bench.figures import tell
from rekognition_cloud.process import CloudProcess

BATCH = 25
PARTITIONS = 8
"""The items of the index are spread as this project's are."""


def command(
    items: Annotated[str, typer.Option(help="Items of a table, separated by commas.")] = "1000,100000",
    seconds: Annotated[float, typer.Option(help="How long is asked, of each table.")] = 10,
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Requests a second of one client that asks an index for 5 items, one request after the other: two minutes."""
    tell(_figures([int(number) for number in items.split(",")], seconds), out)


def _figures(sizes: list[int], seconds: float) -> Iterator[dict[str, Any]]:
    for size in sizes:
        with CloudProcess() as cloud:
            # The stubs know each parameter by its own type; here they are written down once.
            make: Any = boto3.client
            client = make(
                "dynamodb",
                endpoint_url=cloud.url,
                region_name="us-east-1",
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
            )
            written = _fill(client, size)
            asked, lasted = _ask(client, seconds)
        yield {
            "what": "queries of an index",
            "items": size,
            "items_written_a_second": round(size / written),
            "queries_a_second": round(asked / lasted, 1),
        }


def _fill(client: Any, size: int) -> float:
    """Make the table, and ask its index once; then write its items. Returns how long the writes took, in seconds."""
    keys = {"waiting": ("waiting", "due"), None: ("video_id", "part")}
    schemas = {
        name: [{"AttributeName": part, "KeyType": kind} for part, kind in zip(key, ("HASH", "RANGE"), strict=True)]
        for name, key in keys.items()
    }
    client.create_table(
        TableName="items",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=schemas[None],
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for key in keys.values() for part in key],
        GlobalSecondaryIndexes=[
            {"IndexName": "waiting", "KeySchema": schemas["waiting"], "Projection": {"ProjectionType": "ALL"}}
        ],
    )
    _query(client, 0)
    began = time.perf_counter()
    for start in range(0, size, BATCH):
        puts = [{"PutRequest": {"Item": _item(number)}} for number in range(start, min(start + BATCH, size))]
        client.batch_write_item(RequestItems={"items": puts})
    return time.perf_counter() - began


def _item(number: int) -> dict[str, Any]:
    # Written in another order than the index has.
    due = number * 7919 % 1_000_003
    texts = {
        "video_id": f"{number:064x}",
        "part": "item",
        "waiting": f"{number % PARTITIONS}",
        "due": f"{due:012}",
        "more": "x" * 300,
    }
    return {name: {"S": text} for name, text in texts.items()}


def _query(client: Any, partition: int) -> None:
    client.query(
        TableName="items",
        IndexName="waiting",
        KeyConditionExpression="waiting = :w AND due >= :d",
        ExpressionAttributeValues={":w": {"S": str(partition)}, ":d": {"S": "0"}},
        Limit=5,
    )


def _ask(client: Any, seconds: float) -> tuple[int, float]:
    """How many queries were answered, and in how many seconds."""
    asked, began = 0, time.perf_counter()
    while (lasted := time.perf_counter() - began) < seconds:
        _query(client, asked % PARTITIONS)
        asked += 1
    return asked, lasted
