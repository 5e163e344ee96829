"""What a simulation goes by, in place of pictures."""

from dataclasses import dataclass

_USUAL_RATE = 25.0


@dataclass(frozen=True, slots=True)
class Footage:
    """A video as simulations see it. Two of them that are equal show the same."""

    content: str
    """Names the content: ETag and key."""
    duration_ms: int
    frame_rate: float = _USUAL_RATE
    """Frames a second."""

    def __post_init__(self) -> None:
        if self.frame_rate <= 0:
            # A file that names no rate.
            object.__setattr__(self, "frame_rate", _USUAL_RATE)

    @property
    def frames(self) -> int:
        """How many there are; one at least."""
        return max(1, int(self.duration_ms * self.frame_rate / 1000))

    def frame_ms(self, frame: int) -> int:
        """When a frame is shown, cut to whole milliseconds, as recorded answers have it (frame 299 at 9976 ms)."""
        return int(frame * 1000 / self.frame_rate)
