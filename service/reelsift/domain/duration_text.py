"""A length of time as people write it in a policy: `500 ms`, `2 s`, `1.5 min`."""

import re
from typing import Any

LONGEST_MS = 6 * 3_600_000
"""Of a video that Rekognition takes."""

_DURATION = re.compile(r"(?a:\s*(\d{1,8}(?:\.\d{1,6})?)\s*(ms|s|min)\s*)")
_UNITS_MS = {"ms": 1, "s": 1_000, "min": 60_000}


def parse_ms(value: Any) -> int:
    """The milliseconds that a value means; `off` and 0 are none. Raises ValueError with words for whoever wrote it."""
    # YAML 1.1 reads a bare `off` as false.
    if value is None or value is False or value == "off" or (type(value) is int and value == 0):
        return 0
    if not isinstance(value, str) or (written := _DURATION.fullmatch(value)) is None:
        raise ValueError("must be a number with its unit: 500 ms, 2 s or 1.5 min")
    length_ms = round(float(written[1]) * _UNITS_MS[written[2]])
    if length_ms > LONGEST_MS:
        raise ValueError("must not be longer than 6 hours, as long as a video may be: 360 min")
    return length_ms


def write_ms(length_ms: int) -> str:
    """The same as people write it, in the largest unit of which it is a whole number."""
    unit = next(unit for unit in ("min", "s", "ms") if length_ms % _UNITS_MS[unit] == 0)
    return f"{length_ms // _UNITS_MS[unit]} {unit}" if length_ms else "0 s"
