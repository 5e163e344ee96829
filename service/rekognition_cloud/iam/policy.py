import json
from functools import lru_cache
from typing import Any

from rekognition_cloud.iam.statement import Statement


class Policy:
    """A policy's statements."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Raises NotEvaluated for what is not understood in it."""
        statements = document.get("Statement", [])
        self.statements = [Statement(one) for one in (statements if isinstance(statements, list) else [statements])]


@lru_cache(maxsize=512)
def parsed(document: str) -> Policy:
    """The policy of a JSON text; the same object for the same text. Raises NotEvaluated."""
    return Policy(json.loads(document))
