"""The YAML of a policy."""

from typing import Any

from reelsift.domain.yaml_document import DocumentError, load_document


class PolicyError(ValueError):
    """The policy cannot be used. Each line of the message names a key and says what is wrong with it."""


def load_policy(text: str) -> Any:
    """What the YAML (or JSON) of a policy says. Raises PolicyError."""
    try:
        return load_document(text, "the policy")
    except DocumentError as error:
        raise PolicyError(str(error)) from error
