"""A deployment with videos that wait for people, and a console that serves it to as many of them as a test wants."""

import asyncio
import http.client
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.requests import HTTPConnection

from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.console.access.gate import Unauthorised
from reelsift.console.access.origin import Origin
from reelsift.console.serving import LOOPBACK, listen, make_console, serve
from reelsift.console.viewer import EVERYBODY, Role, Viewer
from reelsift.reviews.reviewer import reviewer
from reelsift.settings import load_settings
from support.acting import Actor, acting
from support.eventually import eventually
from support.patience import PATIENCE_S
from support.world import World

SIGN_OUT_URL = "https://idp.example.com/logout?client_id=5abc"
"""Where the provider would end its session, had anybody one."""


class NamedGate:
    """Admits whom the test has named, by a token of their own: several people, where the console on a loopback has one.
    Everything else is as there.
    """

    kind = "loopback"
    has_sessions = False

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._people: dict[str, tuple[str, frozenset[Role]]] = {}
        self.deployment: Deployment

    def name(self, name: str, roles: frozenset[Role]) -> str:
        token = secrets.token_urlsafe(8)
        self._people[token] = (name, roles)
        return token

    def admit(self, connection: HTTPConnection) -> None:
        self._origin.require(connection)

    async def viewer(self, connection: HTTPConnection) -> Viewer:
        token = connection.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self._people:
            raise Unauthorised("no such token")
        name, roles = self._people[token]
        caller = _Login(f"arn:aws:sts::123456789012:assumed-role/people/{name}")
        who = await reviewer(self.deployment.people, caller)  # type: ignore[arg-type] # asked for its principal alone
        return Viewer(who, roles, name)


@dataclass(frozen=True)
class _Login:
    arn: str

    async def principal(self) -> str:
        return self.arn


@dataclass(frozen=True)
class Answer:
    """What the console answered."""

    status: int
    headers: Mapping[str, str]
    raw: bytes = field(repr=False)
    cookies: Sequence[str] = ()

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass(frozen=True)
class Person:
    """Somebody who uses the console."""

    site: "ConsoleSite"
    name: str
    token: str

    @property
    def address(self) -> str:
        """Where they open it."""
        return f"{self.site.url}/#token={self.token}"

    def page(self, path: str) -> str:
        return f"{self.site.url}{path}#token={self.token}"

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, None, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.ask("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Answer:
        return self.ask("PUT", path, body, **headers)

    def delete(self, path: str) -> Answer:
        return self.ask("DELETE", path, None)

    def ask(self, method: str, path: str, body: Any, **headers: str) -> Answer:
        """As the console's own pages ask. `headers` are sent besides, or instead; names with `_` for `-`."""
        given = {
            "Host": self.site.host,
            "Authorization": f"Bearer {self.token}",
            "X-Reelsift-Console": "1",
            "Origin": self.site.url,
            "Content-Type": "application/json",
        }
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.site.send(method, path, None if body is None else json.dumps(body).encode(), given)


class ConsoleSite:
    """What a test does to a console and the deployment behind it."""

    def __init__(self, world: World, gate: NamedGate, host: str) -> None:
        self.world = world
        self.host = host
        self.url = f"http://{host}"
        self._gate = gate

    @contextmanager
    def with_sessions(self) -> Iterator[None]:
        """Meanwhile people sign in at a load balancer, as far as the console's pages can tell."""
        self._gate.has_sessions = True
        try:
            yield
        finally:
            self._gate.has_sessions = False

    def person(self, name: str, *roles: Role) -> Person:
        """Somebody new, with these roles; with all of them where none is named."""
        return Person(self, name, self._gate.name(name, frozenset(roles) or EVERYBODY))

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, headers, answer.read(), answer.headers.get_all("set-cookie", []))
        finally:
            connection.close()

    def settle(self, *keys: str, status: str = "in_review") -> None:
        """Have the videos of these keys analysed and judged, by a worker that is gone afterwards."""
        worker = self.world.worker()
        for key in keys:
            self.world.send_video(key)
        for key in keys:
            eventually(lambda key=key: self.status(key) == status, f"{key} {status}")  # type: ignore[misc]
        worker.terminate()
        worker.stop(PATIENCE_S)

    def row(self, key: str) -> dict[str, Any] | None:
        """The row of a video's status."""
        return next(iter(self.world.rows("reviews", part="status", key=key)), None)

    def status(self, key: str) -> str | None:
        row = self.row(key)
        return None if row is None else row.get("status")

    def video_id(self, key: str) -> str:
        row = self.row(key)
        assert row is not None, key
        return quote(str(row["video_id"]))


@contextmanager
def console_site(world: World, who: Actor = "console") -> Iterator[ConsoleSite]:
    """A console in a thread of this process, with the credentials of `who`."""
    with listen(LOOPBACK, 0) as listening:
        host = f"{LOOPBACK}:{listening.getsockname()[1]}"
        gate = NamedGate(Origin("http", host))
        ready, ended = threading.Event(), threading.Event()
        failures: list[BaseException] = []
        ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

        async def run() -> None:
            stop = asyncio.Event()
            async with open_deployment(load_settings()) as deployment:
                gate.deployment = deployment
                ends.append((asyncio.get_running_loop(), stop))
                app = await make_console(deployment, gate, https=False)
                await serve(app, listening, stop, ready=ready.set)

        def thread() -> None:
            try:
                with acting(who):
                    asyncio.run(run())
            except BaseException as error:  # noqa: BLE001 -- told by the test's own thread
                failures.append(error)
            finally:
                ended.set()
                ready.set()

        before = dict(os.environ)
        os.environ.update(world.env | {"REELSIFT_CONSOLE_SIGN_OUT_URL": SIGN_OUT_URL})
        serving = threading.Thread(target=thread, name="console", daemon=True)
        try:
            serving.start()
            assert ready.wait(PATIENCE_S), "the console does not start"
        finally:
            os.environ.clear()
            os.environ.update(before)
        if failures:
            raise failures[0]
        try:
            yield ConsoleSite(world, gate, host)
        finally:
            loop, stop = ends[0]
            if not ended.is_set():
                loop.call_soon_threadsafe(stop.set)
            serving.join(PATIENCE_S)
            assert not serving.is_alive(), "the console does not end"
            if failures:
                raise failures[0]
