"""Whether Rekognition Video is in a region.

Where it is not, its endpoint does not exist, and each request would look like a fault of the network, for ever.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from reelsift.aws.clients import Clients
from reelsift.aws.errors import code_of, message_of
from reelsift.domain.analysis import Analysis
from reelsift.errors import NoRekognitionVideo

INVENTED_JOB = "0" * 64
"""A JobId that nobody has. To ask for it costs nothing, and is answered wherever the operation exists."""

PATIENCE_S = 10
"""What a worker waits for the answer at its start. Where none comes it goes on: that may pass."""

Resolves = Callable[[str], Awaitable[bool]]
"""Whether there is a host of this name; True where that cannot be found out."""


class Presence(StrEnum):
    """Whether Rekognition Video is there."""

    THERE = "there"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class VideoRegion:
    """What is known of a region, and by what."""

    region: str
    presence: Presence
    evidence: str


async def resolves(host: str) -> bool:
    """Whether there is a host of this name. A resolver that is out of reach has not said no."""
    try:
        await asyncio.get_running_loop().getaddrinfo(host, 443)
    except socket.gaierror as error:
        return error.errno not in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
    return True


async def find_video_region(clients: Clients, analysis: Analysis, *, resolves: Resolves = resolves) -> VideoRegion:
    """Ask Rekognition for a job that does not exist, and say whether it is in this region. Raises nothing of AWS's.

    MISSING takes more than a request that fails: Rekognition itself does not know the operation, or its endpoint has no
    address and botocore's list of regions does not have this one either. An outage is UNKNOWN.
    """
    client = clients.rekognition_start
    region, host = client.meta.region_name, urlsplit(client.meta.endpoint_url).hostname or ""
    presence, evidence = Presence.THERE, f"{host} answers"
    try:
        await getattr(client, xform_name(analysis.spec.get))(JobId=INVENTED_JOB)
    except ClientError as error:
        code = code_of(error)
        if code == "UnknownOperationException":
            presence, evidence = Presence.MISSING, f"Rekognition does not know {analysis.spec.get} there"
        elif code != "ResourceNotFoundException":
            presence, evidence = Presence.UNKNOWN, f"{analysis.spec.get}: {code} {message_of(error)}".rstrip()
    except EndpointConnectionError as error:
        presence, evidence = Presence.UNKNOWN, str(error)
        if not (await clients.lists("rekognition") or await resolves(host)):
            presence, evidence = Presence.MISSING, f"there is no host {host}"
    except BotoCoreError as error:
        presence, evidence = Presence.UNKNOWN, str(error)
    return VideoRegion(region, presence, evidence)


async def require_video_region(clients: Clients, analysis: Analysis) -> None:
    """Raises NoRekognitionVideo where it is certain that this region has none."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            found = await find_video_region(clients, analysis)
    except TimeoutError:
        return
    if found.presence is Presence.MISSING:
        raise NoRekognitionVideo(found.region, found.evidence)
