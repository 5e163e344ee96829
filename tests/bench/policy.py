"""`python -m bench policy`: what long lists of words cost, and patterns made to take for ever."""

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from string import ascii_lowercase
from typing import Annotated, Any, TypeVar

import typer

from bench.figures import tell
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy
from reelsift.domain.segments import Segment
from reelsift.domain.sought_text import ReadText, SoughtText

TEXTS = 20_000
"""Different texts of one video, in two spellings each: more than the credits of a film have."""

T = TypeVar("T")

_HOSTILE = ("(a|a)*b", "(a*)*b", "(a|aa)+b", "(a?){50}a{50}b")
_RULE = "text: {listed: {words_file: words.txt, review: 80}}"


def command(
    words: Annotated[str, typer.Option(help="Words of the list, separated by commas.")] = "1000,100000",
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Processor time for reading a policy and judging a video by it, by the length of its list: half a minute."""
    tell(_figures([int(number) for number in words.split(",")]), out)


def _figures(lengths: list[int]) -> Iterator[dict[str, Any]]:
    chance = random.Random(0)
    texts = [_text(chance, number) for number in range(TEXTS)]
    for length in lengths:
        listed = [_words(chance, chance.choice((1, 1, 1, 2, 3))) for _ in range(length)]
        yield from _list(listed, texts)
    patterns = [rf"{_words(chance, 1)}\s+{_words(chance, 1)}\d{{2,4}}" for _ in range(1_000)]
    document = json.dumps({"text": {"sought": {"patterns": patterns, "review": 80}}})
    policy, read_s = _timed(lambda: Policy.parse(document))
    _, judged_s = _timed(lambda: policy.judge(texts, frozenset(Analysis)))
    yield {"figure": "policy", "patterns": len(patterns), "read_s": read_s, "texts": TEXTS, "judged_s": judged_s}
    for pattern in _HOSTILE:
        sought = SoughtText.of((), [pattern])
        # Without the b in it, RE2 would see at once that nothing can match.
        yield {
            "figure": "hostile_pattern",
            "pattern": pattern,
            "seconds": {length: _sought_s(sought, "a" * length + " b") for length in (250_000, 500_000, 1_000_000)},
        }


def _list(listed: list[str], texts: list[Segment]) -> Iterator[dict[str, Any]]:
    policy, file_s = _timed(lambda: Policy.parse(_RULE, lambda _: "\n".join(listed)))
    written = json.dumps({"text": {"listed": {"words": listed, "review": 80}}})
    _, yaml_s = _timed(lambda: Policy.parse(written))
    judgement, judged_s = _timed(lambda: policy.judge(texts, frozenset(Analysis)))
    yield {
        "figure": "policy",
        "words": len(listed),
        "from_a_file_s": file_s,
        "from_yaml_s": yaml_s,
        "texts": len(texts),
        "judged_s": judged_s,
        "found": len(judgement.reviews),
    }


def _sought_s(sought: SoughtText, text: str) -> float:
    read = ReadText(text)
    _, seconds = _timed(lambda: sought.is_in(read))
    return seconds


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """What the work gives, and the seconds of processor time that it took."""
    before = time.process_time()
    result = work()
    return result, round(time.process_time() - before, 3)


def _words(chance: random.Random, count: int) -> str:
    return " ".join("".join(chance.choices(ascii_lowercase, k=chance.randint(4, 10))) for _ in range(count))


def _text(chance: random.Random, number: int) -> Segment:
    spellings = {_words(chance, 6): 2, _words(chance, 6) + " é": 1}
    start_ms = number * 500
    return Segment(
        Analysis.TEXT, _words(chance, 6), (), start_ms, start_ms + 500, 3, 90, 90, start_ms, {"spellings": spellings}
    )
