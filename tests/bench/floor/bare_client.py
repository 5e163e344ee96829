"""`python -m bench.floor.bare_client RECORDING AT_ONCE`: makes the recorded requests with aiobotocore, and does nothing
with the answers. Prints its seconds and processor seconds for them, the start of interpreter and clients apart.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore import xform_name
from botocore.exceptions import ClientError

from bench.floor.exchange import Exchange, read_exchanges

WARM_UP = 500
"""Requests made before the clock starts: botocore builds much at the first call of each operation."""


async def replay(exchanges: list[Exchange], at_once: int) -> tuple[float, float]:
    """Make every request, so many at a time; returns seconds and processor seconds."""
    config = AioConfig(max_pool_connections=64, retries={"mode": "standard", "total_max_attempts": 4})
    async with AsyncExitStack() as stack:
        clients = {
            service: await stack.enter_async_context(get_session().create_client(service, config=config))  # type: ignore[call-overload]
            for service in sorted({exchange.service for exchange in exchanges})
        }
        calls = [
            (getattr(clients[exchange.service], xform_name(exchange.operation)), exchange.parameters)
            for exchange in exchanges
        ]
        await _call(calls[:WARM_UP], at_once)
        began, cpu = time.perf_counter(), time.process_time()
        await _call(calls, at_once)
        return time.perf_counter() - began, time.process_time() - cpu


async def _call(calls: Iterable[tuple[Any, dict[str, Any]]], at_once: int) -> None:
    turns = iter(calls)

    async def caller() -> None:
        for call, parameters in turns:
            try:
                answer = await call(**parameters)
                if "Body" in answer:
                    await answer["Body"].read()
            except ClientError:
                continue  # a refused condition was recorded as well

    await asyncio.gather(*(caller() for _ in range(at_once)))


if __name__ == "__main__":
    recorded = [exchange for exchange in read_exchanges(Path(sys.argv[1])) if exchange.worked]
    seconds, cpu_s = asyncio.run(replay(recorded, int(sys.argv[2])))
    sys.stdout.write(
        json.dumps({"requests": len(recorded), "seconds": round(seconds, 3), "cpu_s": round(cpu_s, 3)}) + "\n"
    )
