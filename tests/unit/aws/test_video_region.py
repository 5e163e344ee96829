"""Which evidence is enough to say that a region has no Rekognition Video: an outage is not."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from reelsift.aws.video_region import INVENTED_JOB, Presence, find_video_region
from reelsift.domain.analysis import Analysis

ENDPOINT = "https://rekognition.eu-west-3.amazonaws.com"


class Clients:
    """A client of Rekognition whose one answer is an error, and a list that has the region or not."""

    def __init__(self, error: Exception, *, listed: bool = False) -> None:
        self._error = error
        self._listed = listed
        self.rekognition_start = SimpleNamespace(
            meta=SimpleNamespace(region_name="eu-west-3", endpoint_url=ENDPOINT), get_label_detection=self._get
        )

    async def lists(self, service: str) -> bool:
        assert service == "rekognition"
        return self._listed

    async def _get(self, *, JobId: str) -> None:  # noqa: N803 - as Rekognition spells it
        assert JobId == INVENTED_JOB
        raise self._error


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "GetLabelDetection")


async def presence(clients: Any, *, resolved: bool = True) -> Presence:
    async def resolves(host: str) -> bool:
        assert host == "rekognition.eu-west-3.amazonaws.com"
        return resolved

    return (await find_video_region(clients, Analysis.LABELS, resolves=resolves)).presence


NO_CONNECTION = EndpointConnectionError(endpoint_url=ENDPOINT)


@pytest.mark.parametrize(
    ("clients", "expected"),
    [
        (Clients(refused("ResourceNotFoundException")), Presence.THERE),
        (Clients(refused("UnknownOperationException")), Presence.MISSING),
        (Clients(refused("AccessDeniedException")), Presence.UNKNOWN),
        (Clients(refused("InternalServerError")), Presence.UNKNOWN),
        (Clients(refused("ThrottlingException")), Presence.UNKNOWN),
        (Clients(ReadTimeoutError(endpoint_url=ENDPOINT)), Presence.UNKNOWN),
    ],
)
async def test_an_answer_says_it_where_it_is_about_the_job_or_the_operation(
    clients: Clients, expected: Presence
) -> None:
    assert await presence(clients) is expected


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("resolved", [True, False])
async def test_a_connection_that_fails_says_it_only_where_neither_the_resolver_nor_botocore_knows_the_endpoint(
    *, listed: bool, resolved: bool
) -> None:
    found = await presence(Clients(NO_CONNECTION, listed=listed), resolved=resolved)
    assert found is (Presence.UNKNOWN if listed or resolved else Presence.MISSING)
