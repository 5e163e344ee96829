"""A doubt: something in a policy that can be used, and has hardly the effect that is meant."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """`place` is the key of the policy that it stands in, empty for the whole; `state` says what is so, and `mend` what
    to do about it.
    """

    place: str
    state: str
    mend: str

    @property
    def sentence(self) -> str:
        """What is so, with its place unless that stands in it anyway."""
        return self.state if not self.place or self.place in self.state else f"{self.place}: {self.state}"
