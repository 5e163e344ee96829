"""The laws of `make fuzz` hold for its seeds and for some changes of each; and a broken parser would be told."""

import random
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fuzz import __main__ as command
from fuzz import fuzzer
from fuzz.catalogue import NAMES, target
from fuzz.json_mutation import mutated
from fuzz.target import BrokenLaw, Target, hold

CHANGES = 12


def changes(found: Target, seed: bytes) -> list[bytes]:
    """Always the same ones: bytes taken out, doubled and put in, and trees of JSON changed."""
    chance = random.Random(seed)
    made: list[bytes] = []
    for number in range(CHANGES):
        data = bytearray(seed)
        for _ in range(chance.randint(1, 3)):
            place = chance.randint(0, len(data))
            data[place : place + chance.randrange(4)] = chance.choice(
                (b"", b"\xff", b'"', b"\0", b",", b"9" * 30, data[:8])
            )
        made.append(bytes(data))
        if found.is_json:
            changed = mutated(seed.decode("utf-8", "replace"), number)
            if changed is not None:
                made.append(changed.encode("utf-8", "surrogatepass"))
    return made


@pytest.mark.parametrize("name", NAMES)
def test_the_laws_of_a_parser_hold_for_seeds_and_what_is_near_them(name: str) -> None:
    found = target(name)
    for seed in found.seeds:
        found.check(seed)
        for data in changes(found, seed):
            found.check(data[: found.longest])


def test_an_input_that_breaks_a_law_or_takes_too_long_is_told() -> None:
    watch = fuzzer.Watch(Target(lambda data: hold("no input is x", where=data != b"x"), seeds=[b""]))
    watch(b"y")
    with pytest.raises(BrokenLaw, match="no input is x"):
        watch(b"x")


def test_a_change_of_json_is_the_same_for_the_same_seed() -> None:
    text = '{"bucket": "abc", "key": "k.mp4", "more": [1, 2.5, null]}'
    first = [mutated(text, seed) for seed in range(50)]
    assert first == [mutated(text, seed) for seed in range(50)]
    assert len(set(first)) > 40
    assert mutated("{", 1) is None


def test_where_atheris_is_missing_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    ended = CliRunner().invoke(command.app, ["names", "--corpus", str(tmp_path)])
    assert ended.exit_code == 2
    assert "atheris is not installed" in ended.output
    ended = CliRunner().invoke(command.app, ["nonsense"])
    assert ended.exit_code == 2
    assert "there is no target nonsense" in ended.output
