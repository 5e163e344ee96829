"""Answers whose pages may be of any size: read a few at a time, and let go of before the next is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import clear_frames

WHOLE_ANSWERS = 2
"""Answers that are read at a time where a page may hold all rows of one: each may take some 170 MB
(`aws.recorded_answers`).
"""


@contextmanager
def pages_let_go() -> Iterator[None]:
    """What goes wrong inside keeps no page: for as long as an exception is handled, its traceback holds what every
    function of it was at work on.
    """
    try:
        yield
    except Exception as error:
        failed: BaseException | None = error
        while failed is not None:
            clear_frames(failed.__traceback__)
            failed = failed.__context__
        raise
