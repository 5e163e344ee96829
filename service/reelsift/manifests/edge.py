"""Where untrusted JSON becomes typed: strict models, and their complaints in words."""

from pydantic import BaseModel, ConfigDict, ValidationError

_COMPLAINTS_SHOWN = 3


class Edge(BaseModel):
    """Strict about the members it names, indifferent to others: AWS adds members to its messages without notice."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


def explain(error: ValidationError) -> str:
    """What is wrong with which member, without repeating the input."""
    complaints = []
    for found in error.errors(include_url=False, include_input=False):
        member = ".".join(str(part) for part in found["loc"]) or "it"
        complaints.append(f"{member}: {found['msg'].removeprefix('Value error, ')}")
    hidden = len(complaints) - _COMPLAINTS_SHOWN
    more = [f"and {hidden} more"] if hidden > 0 else []
    return "; ".join(complaints[:_COMPLAINTS_SHOWN] + more)
