"""Which objects of a list become lines of a batch: said before anything costs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filters:
    """What a batch asks of an object, all of it; nothing where nothing is said.

    `globs` are patterns of the whole key, of which one must match; `suffixes` (lower case, with their dot) likewise,
    and None leaves them to the kind of list. Sizes are bytes, times epoch milliseconds, both ends included. `sample` is
    the percentage of the objects to take, above 0 and at most 100. With `all_versions` an inventory's older versions
    count too.
    """

    globs: tuple[str, ...] = ()
    suffixes: tuple[str, ...] | None = None
    min_size: int | None = None
    max_size: int | None = None
    modified_after_ms: int | None = None
    modified_before_ms: int | None = None
    sample: float | None = None
    all_versions: bool = False
