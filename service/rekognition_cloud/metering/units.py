"""Capacity units from sizes, by the developer guide ("DynamoDB read and write operations")."""

_WRITE_BYTES = 1024
_READ_BYTES = 4096


def write_units(size: int, *, transactional: bool = False) -> int:
    """One unit for each begun KB, at least one; twice as many in a transaction, which writes every item twice: to
    prepare and to commit.
    """
    units = max(1, -(-size // _WRITE_BYTES))
    return 2 * units if transactional else units


def read_units(size: int, *, consistent: bool, transactional: bool = False) -> float:
    """One unit for each begun 4 KB; half of that for an eventually consistent read, twice in a transaction. A missing
    item costs as much as the smallest one.
    """
    blocks = max(1, -(-size // _READ_BYTES))
    if transactional:
        return 2.0 * blocks
    return 1.0 * blocks if consistent else 0.5 * blocks
