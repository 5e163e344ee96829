"""Many small cases in one test: as parameters, each would cost milliseconds in every process that collects tests."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager


@contextmanager
def every_case() -> Iterator[Callable[..., AbstractContextManager[None]]]:
    """Try all of them: `with every_case() as case: for one in many: with case(one): assert …`.

    :raises ExceptionGroup: in the end, with all that failed, each with a note of what it was the case of.
    """
    tried = 0
    failures: list[Exception] = []

    @contextmanager
    def case(*names: object) -> Iterator[None]:
        nonlocal tried
        tried += 1
        try:
            yield
        except Exception as failure:  # noqa: BLE001 - the others are to be tried too
            failure.add_note(f"in the case of {', '.join(map(str, names))}")
            failures.append(failure)

    yield case
    assert tried, "there is no case"
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {tried} cases fail", failures)
