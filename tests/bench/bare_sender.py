"""The floor: a loop that does nothing but send the same batches of ten to a queue, with aiobotocore."""

import asyncio
import json
import sys

from aiobotocore.session import get_session

AT_ONCE = 8
"""Requests under way at a time, as many as make the local queue the bottleneck."""

_BODIES = 10_000


async def send(queue_url: str, messages: int) -> None:
    """Send so many messages, each the size of a line's."""
    bodies = [_body(number) for number in range(_BODIES)]
    starts = iter(range(0, messages, 10))
    async with get_session().create_client("sqs", region_name="us-east-1") as sqs:

        async def sender() -> None:
            for start in starts:
                entries = [
                    {"Id": str(index), "MessageBody": bodies[(start + index) % _BODIES]}
                    for index in range(min(10, messages - start))
                ]
                await sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)  # type: ignore[arg-type]

        await asyncio.gather(*(sender() for _ in range(AT_ONCE)))


def _body(number: int) -> str:
    return json.dumps(
        {
            "bucket": "reelsift-videos",
            "key": f"uploads/u{number:06d}/2026/11/clip-{number:016x}.mp4",
            "version_id": f"{number:032x}",
            "etag": f"{number:032x}",
            "size": 24_000_000 + number,
            "batch": "20261122-101112-abcdef",
            "line": f"00000.parquet:{number}",
            "chunk": 12,
            "round": 1,
            "submitted_ms": 1_795_000_000_000,
        }
    )


if __name__ == "__main__":
    asyncio.run(send(sys.argv[1], int(sys.argv[2])))
