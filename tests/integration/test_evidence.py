"""`review export --evidence`: what an authority is given about a sealed video, and what is taken down with it."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.world import ALERTING, BUCKET, World, eventually

pytestmark = [pytest.mark.process, pytest.mark.long(60)]

SEALED = "reelsift-sealed"


def sealed(world: World, key: str) -> str:
    """Seal a video by a decision, and wait until all of it was moved; its id."""
    uri = f"s3://{BUCKET}/{key}"
    done = world.reelsift("decide", uri, "escalate", "--kind", "child_safety", "--note", "seen at 0:01", "--json")
    assert done.returncode == 0, done.stderr
    video_id: str = json.loads(done.stdout)["video_id"]
    eventually(lambda: _moved(world, video_id), "everything of it is where only specialists see it")
    return video_id


def _moved(world: World, video_id: str) -> bool:
    """Its row goes last, and leaves a stub."""
    return any(row["video_id"] == video_id and "stub" in row for row in world.rows("reviews"))


def export(world: World, *arguments: str, code: int = 0) -> str:
    done = world.reelsift("review", "export", "--evidence", *arguments)
    assert done.returncode == code, done.stderr
    return done.stderr


def _checked(folder: Path) -> dict[str, Any]:
    """The manifest, whose every file is as it says."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    for file in manifest["files"]:
        body = (folder / file["name"]).read_bytes()
        assert (len(body), hashlib.sha256(body).hexdigest()) == (file["bytes"], file["sha256"]), file["name"]
    return manifest


def test_the_packet_has_all_that_was_known_and_who_saw_it(worlds: Callable[..., World], tmp_path: Path) -> None:
    world = worlds()
    world.worker()
    world.put_video("a.mp4", answer=ALERTING)
    body = world.client("s3").get_object(Bucket=BUCKET, Key="a.mp4")["Body"].read()
    world.send_video("a.mp4", context={"owner": "o-1"})
    world.settle(lines=1)
    folder = tmp_path / "packet"
    number = ["--report-number", "N-0", "--authority", "NCMEC"]
    for asked in (["--to", str(folder)], number):
        assert "is not sealed" in export(world, f"s3://{BUCKET}/a.mp4", *asked, code=1)
    assert not folder.exists()
    video_id = sealed(world, "a.mp4")
    said = export(world, f"s3://{BUCKET}/a.mp4", "--to", str(folder), "--report-number", "N-1", "--authority", "NCMEC")
    digest = hashlib.sha256(body).hexdigest()
    assert f"SHA-256 of the video: {digest}" in said
    manifest = _checked(folder)
    assert manifest["video"]["sha256"] == digest
    assert (manifest["video"]["file"], manifest["video"]["bytes"]) == (None, len(body))
    names = {file["name"].partition("/")[0] for file in manifest["files"]}
    assert names >= {
        "facts.json",
        "decisions.json",
        "history.json",
        "seen.json",
        "rows.jsonl",
        "raw",
        "results",
        "videos",
    }
    facts = json.loads((folder / "facts.json").read_text())
    assert (facts["video_id"], facts["object"]["key"], facts["sealed"]["kind"]) == (video_id, "a.mp4", "child_safety")
    assert facts["object"]["uploaded"] is not None
    assert (facts["context"], facts["protection"]["kind"]) == ({"owner": "o-1"}, "copy")
    assert [each["number"] for each in facts["reported"]] == ["N-1"]
    assert facts["analyses"][0]["model_version"]
    decisions = json.loads((folder / "decisions.json").read_text())
    assert decisions["broken_at"] is None
    assert decisions["decisions"][0]["private"]["note"] == "seen at 0:01"
    seen = json.loads((folder / "seen.json").read_text())
    assert seen["decided"][0]["by"] == decisions["decisions"][0]["record"]["by"]
    assert [look["how"] for look in seen["looked"]] == ["evidence"]
    tables = {json.loads(line)["table"] for line in (folder / "rows.jsonl").read_text().splitlines()}
    assert {"jobs", "labels", "reviews"} <= tables
    # Nothing is written over, and a second packet says that there was a first.
    assert "is there already" in export(world, video_id, "--to", str(folder), code=2)
    export(world, video_id, "--to", str(tmp_path / "again"), "--with-video")
    assert (tmp_path / "again" / "video.mp4").read_bytes() == body
    assert len(json.loads((tmp_path / "again" / "seen.json").read_text())["looked"]) == 2


def test_a_video_that_is_gone_comes_from_its_copy_and_a_packet_goes_to_s3(
    worlds: Callable[..., World], tmp_path: Path
) -> None:
    world = worlds()
    world.worker()
    s3 = world.client("s3")
    s3.create_bucket(Bucket="evidence")
    world.put_video("b.mp4")
    body = s3.get_object(Bucket=BUCKET, Key="b.mp4")["Body"].read()
    # Nobody has analysed it: an external matcher says so.
    video_id = sealed(world, "b.mp4")
    eventually(
        lambda: s3.list_objects_v2(Bucket=SEALED, Prefix=f"{video_id}/video/").get("Contents"), "the object is copied"
    )
    for version in s3.list_object_versions(Bucket=BUCKET, Prefix="b.mp4")["Versions"]:
        s3.delete_object(Bucket=BUCKET, Key="b.mp4", VersionId=version["VersionId"])
    export(world, video_id, "--to", "s3://evidence/case 1/", "--with-video")
    manifest = json.loads(s3.get_object(Bucket="evidence", Key="case 1/manifest.json")["Body"].read())
    assert manifest["video"]["sha256"] == hashlib.sha256(body).hexdigest()
    for file in manifest["files"]:
        stored = s3.get_object(Bucket="evidence", Key=f"case 1/{file['name']}")["Body"].read()
        assert hashlib.sha256(stored).hexdigest() == file["sha256"]
    assert "is there already" in export(world, video_id, "--to", "s3://evidence/case 1/", code=2)
    # Without the copy the rest is written all the same.
    for version in s3.list_object_versions(Bucket=SEALED, Prefix=f"{video_id}/video/")["Versions"]:
        s3.delete_object(Bucket=SEALED, Key=version["Key"], VersionId=version["VersionId"])
    said = export(world, video_id, "--to", str(tmp_path / "p"), "--with-video", code=1)
    assert "is written without --with-video" in said
    assert not (tmp_path / "p").exists()
    assert "its digest is not known" in export(world, video_id, "--to", str(tmp_path / "p"))
    assert _checked(tmp_path / "p")["video"]["sha256"] is None
