"""The templates of pages for people, in which every value passes one gate."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from reelsift.domain.analysis import Analysis
from reelsift.reports import wording
from reelsift.reports.categories import look
from reelsift.reports.ruler import cue_name


@cache
def templates() -> Environment:
    """The templates, with what they call."""
    environment = Environment(
        loader=PackageLoader("reelsift.reports"),
        autoescape=True,
        # Whatever is put into the page goes through here: no name can bring what is not seen.
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": wording.number,
        "count": wording.count,
        "confidence": wording.confidence,
        "at_once": wording.at_once,
        "money": wording.money,
        "minutes": wording.minutes,
        "span": wording.span,
        "clock": wording.clock,
        "moment": wording.moment,
        "look": look,
        "place": _place,
        "short": wording.short,
        "cue": cue_name,
        "title_of": lambda analysis: Analysis(analysis).spec.title,
    }
    environment.globals["percent"] = wording.percent
    return environment


def _finalize(value: Any) -> Any:
    # Markup comes from templates only, and there each of its values went through here.
    return wording.shown(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _place(percentage: float) -> str:
    """A percentage as SVG has it; a thousandth is finer than any screen."""
    return f"{round(percentage, 3):g}"
