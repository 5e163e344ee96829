"""What the style sheet says can be read and told apart: WCAG 2.2, 1.4.1, 1.4.3 and 1.4.11."""

import re
from importlib import resources

import pytest

from reelsift.reports.categories import COLOURS
from support.contrast import contrast

TEMPLATES = resources.files("reelsift.reports") / "templates"
STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
)
PATTERNS = dict(
    re.findall(r'<pattern id="(\w+)"(.*?)</pattern>', (TEMPLATES / "patterns.html").read_text(encoding="utf-8"))
)


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> dict[str, str]:
    colours: dict[str, str] = request.param
    return colours


def test_both_schemes_name_the_same_colours() -> None:
    assert set(LIGHT) == set(DARK)
    assert set(COLOURS.values()) <= set(LIGHT)


@pytest.mark.parametrize("text", ["ink", "soft", "link", "grave"])
def test_text_stands_out_from_the_paper(scheme: dict[str, str], text: str) -> None:
    assert contrast(scheme[text], scheme["paper"]) >= 4.5


@pytest.mark.parametrize(("text", "ground"), [("ink", "wash"), ("on-grave", "grave")])
def test_text_stands_out_from_what_it_is_set_on(scheme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(scheme[text], scheme[ground]) >= 4.5


@pytest.mark.parametrize("colour", sorted({*COLOURS.values(), "bar"}))
def test_bars_stand_out_from_the_paper(scheme: dict[str, str], colour: str) -> None:
    assert contrast(scheme[colour], scheme["paper"]) >= 3


def test_every_look_has_a_pattern_that_no_other_has() -> None:
    assert set(PATTERNS) == set(COLOURS)
    assert len(set(PATTERNS.values())) == len(PATTERNS)
    assert not re.search(r"#[0-9a-f]{3}|rgb|var\(", "".join(PATTERNS.values()))
