"""A packet of evidence is whole or says that it is not, is for whoever wrote it, and is never written over."""

import hashlib
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from reelsift.errors import EvidenceIsThere
from reelsift.queries.evidence_packet import PacketFile, PacketFolder, json_file, write_packet


@pytest.fixture(autouse=True)
def _careless_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


async def _pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def _files(*files: PacketFile) -> AsyncIterator[PacketFile]:
    for file in files:
        yield file


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_every_file_is_named_with_its_size_and_digest(tmp_path: Path) -> None:
    files = _files(json_file("facts.json", {"key": "ü"}), PacketFile("raw/a.json.gz", _pieces(b"ab", b"", b"c")))
    await write_packet(PacketFolder(tmp_path / "p"), files, {"video_id": "v"})
    manifest = json.loads((tmp_path / "p" / "manifest.json").read_text())
    assert manifest["video_id"] == "v"
    assert [file["name"] for file in manifest["files"]] == ["facts.json", "raw/a.json.gz"]
    for file in manifest["files"]:
        body = (tmp_path / "p" / file["name"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert (tmp_path / "p" / "raw" / "a.json.gz").read_bytes() == b"abc"


@pytest.mark.parametrize("there", [False, True])
async def test_only_its_owner_may_read_it_whatever_the_umask(tmp_path: Path, *, there: bool) -> None:
    folder = tmp_path / "deep" / "p"
    if there:
        folder.mkdir(parents=True)
    await write_packet(PacketFolder(folder), _files(PacketFile("raw/a", _pieces(b"x"))), {})
    found = [folder, *folder.rglob("*")]
    assert len(found) == 4
    assert [path for path in found if path.stat().st_mode & 0o077] == []


async def test_a_folder_that_holds_anything_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(EvidenceIsThere):
        PacketFolder(tmp_path)
    assert _names(tmp_path) == ["mine"]


async def test_two_who_write_to_one_folder_do_not_write_over_each_other(tmp_path: Path) -> None:
    first, second = PacketFolder(tmp_path / "p"), PacketFolder(tmp_path / "p")
    await write_packet(first, _files(PacketFile("a", _pieces(b"first"))), {})
    with pytest.raises(EvidenceIsThere):
        await write_packet(second, _files(PacketFile("a", _pieces(b"second"))), {})
    assert (tmp_path / "p" / "a").read_bytes() == b"first"
    assert (tmp_path / "p" / "manifest.json").exists()


async def test_what_does_not_become_whole_is_taken_back(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise ConnectionError

    (tmp_path / "there").mkdir()
    for folder in (tmp_path / "there", tmp_path / "not" / "there"):
        with pytest.raises(ConnectionError):
            await write_packet(
                PacketFolder(folder), _files(PacketFile("raw/a", _pieces(b"x")), PacketFile("b", broken())), {}
            )
    assert (_names(tmp_path), _names(tmp_path / "there")) == (["there"], [])
