"""The clip of a smoke test: what lies in the package is what its script makes, and no two runs send the same."""

import hashlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import av

from reelsift.smoke.clip import FILE, FILE_OF_TEN_SECONDS, SECONDS, TEN_SECONDS, Clip


def kind(content: bytes) -> dict[str, Any]:
    with av.open(io.BytesIO(content), "r") as container:
        (stream,) = container.streams.video
        return {
            "format": container.format.name,
            "codec": stream.codec_context.name,
            "size": (stream.codec_context.width, stream.codec_context.height),
            "seconds": round((container.duration or 0) / 1e6, 3),
            "frames": len(list(container.decode(stream))),
        }


def made(tmp_path: Path, seconds: int = SECONDS) -> bytes:
    """By the command of `make clip`."""
    file = tmp_path / "clip.mp4"
    subprocess.run([sys.executable, "-m", "rekognition_cloud.clips", "--seconds", str(seconds), file], check=True)
    return file.read_bytes()


def test_the_clip_is_a_few_kilobytes_of_h264(tmp_path: Path) -> None:
    content = FILE.read_bytes()
    assert len(content) < 10_000
    assert (kind(content)["codec"], kind(content)["seconds"]) == ("h264", SECONDS)
    assert kind(content) == kind(made(tmp_path))


def test_each_run_sends_a_content_of_its_own_that_is_the_same_video() -> None:
    videos: Any = None
    first, second = Clip(videos, "bucket"), Clip(videos, "bucket")
    assert first.ref.key != second.ref.key
    assert hashlib.md5(first.body).digest() != hashlib.md5(second.body).digest()  # noqa: S324  # as an ETag is made
    assert kind(first.body) == kind(second.body) == kind(FILE.read_bytes())


def test_the_clip_of_ten_seconds_is_what_its_script_makes(tmp_path: Path) -> None:
    content = FILE_OF_TEN_SECONDS.read_bytes()
    assert len(content) < 20_000
    assert kind(content)["seconds"] == TEN_SECONDS
    assert kind(content) == kind(made(tmp_path, TEN_SECONDS))


def test_another_content_under_the_key_of_a_clip_is_another_video() -> None:
    videos: Any = None
    old = Clip(videos, "bucket")
    new = Clip(videos, "bucket", name=old.name)
    assert new.ref == old.ref
    assert hashlib.md5(old.body).digest() != hashlib.md5(new.body).digest()  # noqa: S324  # as an ETag is made
