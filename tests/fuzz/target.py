"""A parser and the laws that hold for it, whatever it is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Check = Callable[[bytes], None]
"""Feeds one input to a parser. Raises `BrokenLaw`, or what the parser itself raised, where a law is broken."""


class BrokenLaw(AssertionError):
    """The parser did what it must never do; the message says which law that is."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is fuzzed: its check, the inputs to begin with, how they are changed, and how long they may get.

    With `is_json` half of the inputs are changed as trees of JSON, so that they stay readable; `words` are what the
    parser looks for, for the fuzzer to put in.
    """

    check: Check
    seeds: Sequence[bytes]
    is_json: bool = False
    longest: int = 4096
    words: Sequence[str] = ()


def hold(law: str, *, where: bool) -> None:
    """Raises BrokenLaw unless `where`."""
    if not where:
        raise BrokenLaw(law)


def text_of(data: bytes) -> str:
    """Text for every input: with halves of surrogate pairs, as JSON can bring them; what is no UTF-8 is replaced."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def hold_words(message: str, longest: int = 1000) -> None:
    """What is said to people says something, is no copy of the input, and can be stored and sent."""
    hold("a refusal says why", where=bool(message.strip()))
    hold(f"a refusal has at most {longest} characters", where=len(message) <= longest)
    hold("a refusal can be encoded", where=_encodes(message))


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
