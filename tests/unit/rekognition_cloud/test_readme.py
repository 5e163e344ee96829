"""The README of the embedded cloud is complete and true, and nothing in the package speaks of who uses it."""

import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from rekognition_cloud import control, patches
from rekognition_cloud.knobs import Knobs
from rekognition_cloud.process import CloudProcess

PACKAGE = Path(patches.__file__).parents[1]
README = (PACKAGE / "README.md").read_text(encoding="utf-8")
CONTROL = README.split("## Control API")[1].split("\n## ")[0]
NAMED = set(re.findall(r"`(\w+)`", README))


def test_every_knob_is_named() -> None:
    assert {knob.name for knob in fields(Knobs)} <= NAMED


def test_exactly_the_endpoints_that_there_are_have_a_row() -> None:
    rows = set(re.findall(r"^\| `([A-Z]+ [^`]+)` \|", CONTROL, re.MULTILINE))
    assert rows == {route.replace(r"(\d+)", "<id>") for route in control.ROUTES}


def test_every_method_named_exists() -> None:
    named = set(re.findall(r"`(\w+)\(", CONTROL))
    assert named
    assert {name for name in named if not hasattr(CloudProcess, name)} == set()


def test_exactly_the_patches_that_there_are_are_named() -> None:
    modules = [import_module(f"{patches.__name__}.{module.name}") for module in iter_modules(patches.__path__)]
    made = {
        name
        for module in modules
        for name, found in vars(module).items()
        if name.startswith("patch_") and found.__module__ == module.__name__ and found.__doc__
    }
    assert {name for name in NAMED if name.startswith("patch_")} == made


def test_the_quick_start_runs() -> None:
    exec(README.split("```python\n")[1].split("```")[0], {})  # noqa: S102  # the README's own lines


def test_nothing_in_the_package_speaks_of_who_uses_it() -> None:
    texts = [path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".md", ".toml"}]
    assert [path.name for path in texts if "reelsift" in path.read_text(encoding="utf-8").lower()] == []
