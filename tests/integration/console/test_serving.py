"""`reelsift console --serve`: behind a load balancer nobody has a token, and nobody is believed but the balancer."""

import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.console_site import Answer, ConsoleSite
from support.eventually import eventually
from support.forks import Forks
from support.patience import PATIENCE_S

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.process

_BALANCER = {
    "REELSIFT_CONSOLE_URL": "https://review.example.com",
    "REELSIFT_CONSOLE_OIDC_PROVIDER": "oidc",
    "REELSIFT_CONSOLE_OIDC_SIGNER": (
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/x/50dc6c495c0c9188"
    ),
    "REELSIFT_CONSOLE_OIDC_ISSUER": "https://idp.example.com",
    "REELSIFT_CONSOLE_OIDC_CLIENT": "5abc",
}
_OWN = {"Host": "review.example.com", "X-Reelsift-Console": "1"}


@contextmanager
def _serving(
    site: ConsoleSite, forks: Forks, folder: Path, port: int, more: Mapping[str, str]
) -> Iterator["subprocess.Popen[str]"]:
    """The process; what it prints and tells is in files of the folder."""
    world = site.world
    env = {**world.env, **world.enforcement.environment("reviewer"), **more}
    command = [sys.executable, "-m", "reelsift.cli", "console", "--serve", "--port", str(port)]
    with (folder / "printed").open("w") as printed, (folder / "told").open("w") as told:
        process = forks.popen(command, env=env, stdout=printed, stderr=told)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_it_answers_the_balancer_and_shows_data_to_nobody_who_is_not_logged_in(
    site: ConsoleSite, forks: Forks, tmp_path: Path
) -> None:
    port = _free_port()
    there = ConsoleSite(site.world, site._gate, f"127.0.0.1:{port}")

    def asked(path: str, headers: Mapping[str, str]) -> Answer:
        return there.send("GET", path, None, headers)

    def healthy() -> bool:
        try:
            return asked("/healthz", {"Host": "10.0.0.7:8080"}).status == 200
        except OSError:
            return False

    with _serving(site, forks, tmp_path, port, _BALANCER) as process:
        eventually(healthy, "a console that answers")
        page = asked("/", _OWN)
        assert (page.status, page.headers["strict-transport-security"]) == (200, "max-age=31536000")
        assert asked("/", {"Host": f"127.0.0.1:{port}"}).status == 403
        nobody = asked("/api/nothing", _OWN)
        assert (nobody.status, nobody.body["error"]) == (401, "unauthorised")
        forged = asked("/api/nothing", _OWN | {"X-Amzn-Oidc-Identity": "anna", "X-Amzn-Oidc-Data": "e30.e30.e30"})
        assert forged.status == 401
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    assert (tmp_path / "printed").read_text() == ""
    assert "token" not in (tmp_path / "told").read_text()


def test_it_does_not_begin_without_whom_to_believe(site: ConsoleSite, forks: Forks, tmp_path: Path) -> None:
    without = {name: value for name, value in _BALANCER.items() if not name.endswith("_SIGNER")}
    with _serving(site, forks, tmp_path, 0, without) as process:
        assert process.wait(PATIENCE_S) == 2
    told = (tmp_path / "told").read_text()
    assert "a console behind a load balancer needs REELSIFT_CONSOLE_OIDC_SIGNER" in told
