"""The event bus: EventBridge takes events for one that does not exist, and drops them."""

from collections.abc import AsyncIterator

from botocore.exceptions import ClientError

from reelsift.aws.checkup.finding import Finding, Grade, guarded
from reelsift.aws.clients import Clients
from reelsift.aws.errors import code_of
from reelsift.settings import Settings


async def check_event_bus(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    if settings.event_bus is None:
        yield Finding("event bus", Grade.OK, "none: nobody is told of the statuses of videos")
        return
    name = settings.event_bus
    yield await guarded(
        f"event bus {name.rpartition('/')[2]}",
        _check(clients, name),
        missing="check REELSIFT_EVENT_BUS, or deploy first: until then every event is lost, and nothing says so",
    )


async def _check(clients: Clients, name: str) -> Finding:
    subject = f"event bus {name.rpartition('/')[2]}"
    events = await clients.open("events")
    try:
        await events.describe_event_bus(Name=name)
    except ClientError as error:
        foreign = name.startswith("arn:") and code_of(error) == "AccessDeniedException"
        if not foreign:
            raise
        state = "of another account, into which these credentials cannot look"
        return Finding(subject, Grade.WARNING, state, "see there that it exists, and that its policy lets workers in")
    return Finding(subject, Grade.OK, "there")
