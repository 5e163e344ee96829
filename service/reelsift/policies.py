"""The policy that a file or a setting holds."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reelsift.domain.policy import Policy
from reelsift.domain.policy_yaml import PolicyError
from reelsift.errors import PolicyUnusable

if TYPE_CHECKING:
    from reelsift.settings import Settings


_SHOWN = 100

BUILT_IN = "the built-in policy"
"""Where a policy comes from that no setting holds."""

MOST_WORDS_BYTES = 16 * 1024 * 1024
"""Of one file of words."""


def read_policy(file: Path) -> Policy:
    """The policy of a YAML file. Files of words that it names lie beside it. Raises PolicyUnusable."""
    try:
        return Policy.parse(file.read_text(encoding="utf-8-sig"), partial(_words, file.parent))
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


def source_of_policy(settings: "Settings") -> str:
    """Where `configured_policy` finds it: the name of a setting, or BUILT_IN."""
    if settings.policy_document is not None:
        return "REELSIFT_POLICY_DOCUMENT"
    return BUILT_IN if settings.policy is None else "REELSIFT_POLICY"


def _words(folder: Path, name: str) -> str:
    """The text of a file of words. Raises ValueError."""
    shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
    try:
        with (folder / name).open("rb") as file:
            data = file.read(MOST_WORDS_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"{shown}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{shown} is not text in UTF-8: see byte {error.start:,}") from error
    if len(data) > MOST_WORDS_BYTES:
        raise ValueError(f"{shown} is larger than {MOST_WORDS_BYTES // 1024**2} MiB")
    return text
