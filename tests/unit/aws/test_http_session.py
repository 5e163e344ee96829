import ssl
from pathlib import Path
from typing import Any

import botocore.httpsession
import pytest

from reelsift.aws.clients import Clients
from reelsift.aws.http_session import HttpSession


@pytest.fixture(autouse=True)
def _nothing_is_shared_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HttpSession, "_shared", {})


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of certificates that are read."""
    files: list[str] = []
    load = ssl.SSLContext.load_verify_locations

    def noted(self: ssl.SSLContext, cafile: str, *more: None) -> None:
        files.append(cafile)
        load(self, cafile, *more)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noted)
    return files


def context_of(session: Any) -> ssl.SSLContext:
    context, _ = session._build_ssl_contexts(None)
    assert isinstance(context, ssl.SSLContext)
    return context


async def test_all_clients_share_what_was_read_once_and_verify_their_servers(
    read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    async with Clients("us-east-1") as clients:
        opened: list[Any] = [clients.sqs, clients.sns, clients.s3, clients.rekognition_start]
        contexts = [context_of(client._endpoint.http_session) for client in opened]
    assert len({id(context) for context in contexts}) == len(read) == 1
    assert contexts[0].verify_mode is ssl.CERT_REQUIRED
    assert contexts[0].check_hostname


def test_other_authorities_and_none_at_all_have_contexts_of_their_own(read: list[str], tmp_path: Path) -> None:
    usual_file = botocore.httpsession.where()
    others_file = tmp_path / "authorities.pem"
    others_file.write_bytes(Path(usual_file).read_bytes())
    make: Any = HttpSession
    usual, others, none, again = (
        context_of(make(verify=verify)) for verify in (True, str(others_file), False, str(others_file))
    )
    assert read == [usual_file, str(others_file)]
    assert again is others
    assert len({id(usual), id(others), id(none)}) == 3
    assert (usual.verify_mode, none.verify_mode) == (ssl.CERT_REQUIRED, ssl.CERT_NONE)


def test_a_client_with_a_certificate_of_its_own_shares_its_context_with_nobody(tmp_path: Path) -> None:
    context_of(HttpSession())
    make: Any = HttpSession
    missing = str(tmp_path / "client.pem")
    # Its own file is asked for, where a shared context would have been there.
    with pytest.raises(FileNotFoundError):
        context_of(make(client_cert=missing))
