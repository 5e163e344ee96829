"""The catalogue of reasons: whether people can decide by it."""

from collections.abc import AsyncIterator

from reelsift.aws.checkup.finding import Finding, Grade
from reelsift.aws.clients import Clients
from reelsift.errors import CatalogueUnusable
from reelsift.reason_catalogues import configured_catalogue
from reelsift.settings import Settings

SUBJECT = "reasons"


async def check_reasons(_clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    """Asks AWS for nothing."""
    try:
        catalogue = configured_catalogue(settings)
    except CatalogueUnusable as error:
        yield Finding(SUBJECT, Grade.BROKEN, str(error), "mend it: nobody can decide with it")
        return
    own = settings.reason_catalogue is not None or settings.reason_catalogue_document is not None
    count = len(catalogue.by_code)
    state = f"{count} of your own" if own else f"the {count} that are built in: their references name no terms of yours"
    yield Finding(SUBJECT, Grade.OK, state)
