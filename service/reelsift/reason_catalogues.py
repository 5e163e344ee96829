"""The catalogue of reasons that a file or a setting holds."""

from typing import TYPE_CHECKING

from reelsift.domain.reason_catalogue import CatalogueError, ReasonCatalogue
from reelsift.errors import CatalogueUnusable

if TYPE_CHECKING:
    from reelsift.settings import Settings

LARGEST_BYTES = 2 * 1024 * 1024
"""Of a file: more than a catalogue of the most reasons, each of the greatest length."""


def configured_catalogue(settings: "Settings") -> ReasonCatalogue:
    """The catalogue that the settings hold themselves, or name a file of; else the built-in one. Raises
    CatalogueUnusable.
    """
    if settings.reason_catalogue_document is not None:
        return _parse("REELSIFT_REASON_CATALOGUE_DOCUMENT", settings.reason_catalogue_document)
    if settings.reason_catalogue is None:
        return ReasonCatalogue.built_in()
    where = str(settings.reason_catalogue)
    try:
        with settings.reason_catalogue.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise CatalogueUnusable(where, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise CatalogueUnusable(where, f"it is not text in UTF-8: see byte {error.start:,}") from error
    if len(data) > LARGEST_BYTES:
        raise CatalogueUnusable(where, f"it is larger than {LARGEST_BYTES // 1024**2} MiB")
    return _parse(where, text)


def _parse(where: str, text: str) -> ReasonCatalogue:
    try:
        return ReasonCatalogue.parse(text)
    except CatalogueError as error:
        raise CatalogueUnusable(where, str(error)) from error
