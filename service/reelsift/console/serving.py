"""Runs the console: the server, and beside it the watch over claims of reviewers who have left."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from starlette.applications import Starlette

from reelsift.aws.deployment import Deployment
from reelsift.console.access.gate import Gate
from reelsift.console.app import console_app
from reelsift.console.resources import resources_of
from reelsift.reason_catalogues import configured_catalogue
from reelsift.reviews.claim_watch import ClaimWatch
from reelsift.reviews.table_clock import clock_of_reviews
from reelsift.runtime.faults import Faults
from reelsift.runtime.loop import Loop
from reelsift.runtime.timings import Timings

LOOPBACK = "127.0.0.1"

EVERYWHERE = "0.0.0.0"  # noqa: S104 -- in a container, where its security group says who reaches it

_BACKLOG = 128
_KEEP_ALIVE_S = 75
"""Longer than a load balancer keeps a connection without a request (60 s), or it sends one into a closed connection."""

_LONGEST_END_S = 5
"""How long requests may still take once the console is to end."""

_log = structlog.get_logger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """A socket to serve on; port 0 takes a free one. Raises OSError."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


async def make_console(deployment: Deployment, gate: Gate, *, https: bool) -> Starlette:
    """The console of a deployment. Raises CatalogueUnusable."""
    resources = resources_of(deployment, configured_catalogue(deployment.settings), clock_of_reviews(deployment), gate)
    sources = await deployment.media_links.sources(deployment.settings.data_buckets)
    return console_app(resources, media=sources, https=https)


async def serve(
    app: Starlette,
    listening: socket.socket,
    stop: asyncio.Event,
    *,
    ready: Callable[[], None],
    timings: Timings = Timings(),
) -> None:
    """Serve until `stop` is set. `ready` is called once requests are answered."""
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_LONGEST_END_S,
        timeout_keep_alive=_KEEP_ALIVE_S,
        ws="none",
    )
    server = _Server(config, ready)
    async with _watching(app.state.resources.deployment, stop, timings):
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        ended = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([serving, ended], return_when=asyncio.FIRST_COMPLETED)
        finally:
            server.should_exit = True
            ended.cancel()
            await serving
            await app.state.resources.lead_desk.close()


class _Server(uvicorn.Server):
    """A server that says when it has begun, and leaves signals to the caller: they end more than the server."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _watching(deployment: Deployment, stop: asyncio.Event, timings: Timings) -> AsyncIterator[None]:
    """What reviewers leave goes back to the queue, also where no worker runs."""
    clock, faults = clock_of_reviews(deployment), Faults(deployment.metrics)
    watch = ClaimWatch(review_items=deployment.review_items, faults=faults, still_s=timings.claim_still_s, clock=clock)
    loop = Loop(
        "claims",
        watch.step,
        stop,
        timings.claims_watch_s,
        faults=faults,
        timings=timings,
        clock=clock,
    )
    watching = asyncio.create_task(loop.run(), name="claims")
    try:
        yield
    finally:
        stop.set()
        await watching
