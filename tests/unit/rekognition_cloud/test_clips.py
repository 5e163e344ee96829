import io

import av
import pytest

from rekognition_cloud.clips import clip


def length_ms(content: bytes) -> float:
    with av.open(io.BytesIO(content), "r") as container:
        return (container.duration or 0) / 1000


@pytest.mark.parametrize("seconds", [0.1, 1.25, 2, 10])
@pytest.mark.parametrize("fps", [5, 25, 30])
def test_a_clip_has_the_length_asked_for(seconds: float, fps: int) -> None:
    assert length_ms(clip(seconds, fps=fps)) == pytest.approx(seconds * 1000, abs=1)


def test_a_clip_is_h264_whose_every_frame_decodes_and_differs() -> None:
    with av.open(io.BytesIO(clip(2)), "r") as container:
        frames = [bytes(frame.planes[0]) for frame in container.decode(video=0)]
        assert container.streams.video[0].codec_context.name == "h264"
    assert len(set(frames)) == len(frames) == 10


@pytest.mark.parametrize(("codec", "name"), [("mpeg4", "mpeg4"), ("libvpx-vp9", "vp9")])
def test_a_clip_of_another_codec_can_be_made(codec: str, name: str) -> None:
    with av.open(io.BytesIO(clip(1, codec=codec)), "r") as container:
        assert container.streams.video[0].codec_context.name == name


def test_the_seed_alone_decides_the_picture() -> None:
    assert clip(1, seed=1) == clip(1, seed=1) != clip(1, seed=2)


@pytest.mark.parametrize(("seconds", "fps"), [(0, 5), (-1, 5), (1, 0)])
def test_a_clip_without_a_frame_is_refused(seconds: float, fps: int) -> None:
    with pytest.raises(ValueError, match="above 0"):
        clip(seconds, fps=fps)
