"""What server and applications hand to each other."""

from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

Environ = MutableMapping[str, Any]

StartResponse = Callable[[str, list[tuple[str, str]]], object]

Application = Callable[[Environ, StartResponse], Iterable[bytes]]
