"""Who may use the console, from where, and what browsers are told about it."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.console_site import ConsoleSite
from support.forks import Forks
from support.patience import PATIENCE_S

pytestmark = pytest.mark.process


def test_pages_are_shells_that_load_nothing_from_elsewhere_and_are_neither_kept_nor_framed(site: ConsoleSite) -> None:
    page = site.send("GET", "/", None, {"Host": site.host})
    assert page.status == 200
    text = page.raw.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"\bstyle=|\bon[a-z]+=", text) == []
    assert re.findall(r"(?:src|href)=\"(?!/)", text) == []
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["media-src"] == f"{site.world.cloud.url}/reelsift-videos/"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "server" not in page.headers


def test_browsers_keep_the_files_of_a_version_and_ask_for_those_of_another(site: ConsoleSite) -> None:
    host = {"Host": site.host}
    page = site.send("GET", "/", None, host).raw.decode()
    loaded = re.findall(r"(?:src|href)=\"(/static/[^\"]+)", page)
    assert any(path.endswith(".js") for path in loaded)
    for path in loaded:
        file = site.send("GET", path, None, host)
        assert (file.status, file.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        other = site.send("GET", re.sub("[0-9a-f]{16}", "0" * 16, path), None, host)
        assert (other.status, other.headers["cache-control"], other.raw) == (200, "no-cache", file.raw)
    nothing = site.send("GET", loaded[0] + ".old", None, host)
    assert (nothing.status, nothing.headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"X_Reelsift_Console": None},
    ],
    ids=lambda headers: "=".join(str(part) for part in next(iter(headers.items()))),
)
def test_what_was_not_sent_by_the_consoles_own_page_is_refused(
    headers: dict[str, str | None], site: ConsoleSite
) -> None:
    person = site.person("ann")
    given = {
        "Host": site.host,
        "Authorization": f"Bearer {person.token}",
        "X-Reelsift-Console": "1",
        "Origin": site.url,
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    answer = site.send("GET", "/api/nothing", None, {name: value for name, value in given.items() if value is not None})
    assert (answer.status, answer.body["error"]) == (403, "forbidden")


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer wrong", "Basic YTpi", "Bearer \xe9"])
def test_nobody_without_a_token_sees_data(authorization: str, site: ConsoleSite) -> None:
    answer = site.person("ann").get("/api/nothing", Authorization=authorization)
    assert (answer.status, answer.body["error"]) == (401, "unauthorised")


@contextmanager
def started(site: ConsoleSite, forks: Forks, told: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """`reelsift console` as somebody runs it, and the address that it prints; `told` is a file for all else it says."""
    world = site.world
    env = world.env | world.enforcement.environment("reviewer")
    command = [sys.executable, "-m", "reelsift.cli", "console", "--no-browser"]
    with told.open("w") as file:
        process = forks.popen(command, env=env, stdout=subprocess.PIPE, stderr=file, text=True)
    assert process.stdout is not None
    with process.stdout:
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_the_command_prints_where_it_is_and_ends_when_told(
    number: signal.Signals, site: ConsoleSite, forks: Forks, tmp_path: Path
) -> None:
    with started(site, forks, tmp_path / "told") as (process, address):
        host, _, token = address.removeprefix("http://").partition("/#token=")
        assert len(token) > 40
        headers = {"Host": host, "Authorization": f"Bearer {token}", "X-Reelsift-Console": "1"}
        there = ConsoleSite(site.world, site._gate, host)
        assert there.send("GET", "/api/nothing", None, headers).status == 404
        assert there.send("GET", "/api/nothing", None, headers | {"Authorization": "Bearer other"}).status == 401
        process.send_signal(number)
        exit_code = process.wait(PATIENCE_S)
    told = (tmp_path / "told").read_text()
    assert exit_code == 0, told
    assert token not in told
