import io

import av
import pytest

from rekognition_cloud import lettering
from rekognition_cloud.clips import Card, clip


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


def brightness(content: bytes, number: int) -> list[bytes]:
    """The rows of one frame, a byte a pixel."""
    with av.open(io.BytesIO(content), "r") as container:
        frame = next(frame for count, frame in enumerate(container.decode(video=0)) if count == number)
        luma = frame.planes[0]
        rows = range(0, frame.height * luma.line_size, luma.line_size)
        return [bytes(luma)[start : start + frame.width] for start in rows]


def test_text_can_be_read_in_the_picture() -> None:
    rows = brightness(clip(1, cards=[Card(0, 1, ("SALE 50%",))]), 2)
    scale = 2
    left = (128 - lettering.width_of("SALE 50%") * scale) // 2
    top = (96 - (lettering.HEIGHT + 3) * scale) // 2
    written = {
        (column, row)
        for column in range(lettering.width_of("SALE 50%"))
        for row in range(lettering.HEIGHT)
        # The middle of a dot's pixels.
        if rows[top + row * scale + 1][left + column * scale + 1] > 125
    }
    assert written == set(lettering.dots("sale 50%"))


def test_a_card_without_lines_is_black_for_as_long_as_it_says() -> None:
    video = clip(3, cards=[Card(1, 2)])
    brightest = [max(max(row) for row in brightness(video, number)) for number in (4, 5, 9, 10)]
    assert [light < 32 for light in brightest] == [False, True, True, False]


def test_text_may_be_written_into_the_picture() -> None:
    with_text = brightness(clip(1, cards=[Card(0, 1, ("EXIT",), on_black=False)]), 0)
    assert with_text[0] == pytest.approx(brightness(clip(1), 0)[0], abs=24)
    assert max(with_text[48]) > 200


def test_letters_differ_and_unknown_ones_are_refused() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ%.:!0123456789 "
    assert len({tuple(lettering.dots(letter)) for letter in letters}) == len(letters)
    with pytest.raises(KeyError):
        clip(1, cards=[Card(0, 1, ("SÃO",))])


@pytest.mark.parametrize("lines", [("A" * 21,), ("A",) * 10])
def test_what_does_not_fit_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="no room"):
        Card(0, 1, lines)
    Card(0, 1, ("A" * 20,) * 9)
