"""The messages among the test data, as seeds."""

from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "events"


def events(*prefixes: str) -> list[bytes]:
    """The messages whose names begin with one of the prefixes; all of them where none is given."""
    return [
        path.read_bytes() for path in sorted(_FOLDER.glob("*.json")) if not prefixes or path.name.startswith(prefixes)
    ]
