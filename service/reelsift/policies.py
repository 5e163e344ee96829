"""The policy that a file or a setting holds."""

from pathlib import Path
from typing import TYPE_CHECKING

from reelsift.domain.policy import Policy
from reelsift.domain.rules import PolicyError
from reelsift.errors import PolicyUnusable

if TYPE_CHECKING:
    from reelsift.settings import Settings


def read_policy(file: Path) -> Policy:
    """The policy of a YAML file. Raises PolicyUnusable."""
    try:
        return Policy.parse(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise PolicyUnusable(str(file), error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise PolicyUnusable(str(file), f"it is not text in UTF-8: see byte {error.start:,}") from error
    except PolicyError as error:
        raise PolicyUnusable(str(file), str(error)) from error


def configured_policy(settings: "Settings") -> Policy:
    """The policy that the settings hold themselves, or name a file of; else the built-in one. Raises PolicyUnusable."""
    if settings.policy_document is not None:
        try:
            return Policy.parse(settings.policy_document)
        except PolicyError as error:
            raise PolicyUnusable("REELSIFT_POLICY_DOCUMENT", str(error)) from error
    return Policy.built_in() if settings.policy is None else read_policy(settings.policy)
