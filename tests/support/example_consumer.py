"""The consumer of events that the documentation shows, as it stands there."""

import importlib.util
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[2] / "docs" / "examples" / "show_only_approved.py"


def load() -> Any:
    """Its module."""
    spec = importlib.util.spec_from_file_location(PATH.stem, PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
