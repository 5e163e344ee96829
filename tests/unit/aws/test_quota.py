"""The quota of an account, applied or default, and what is assumed where nobody says it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from structlog.testing import capture_logs

from reelsift.aws.quota import DEFAULT_QUOTA, Quota


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "GetServiceQuota")


class ServiceQuotas:
    """Answers with numbers, or with the refusals it was made with."""

    def __init__(self, applied: int | ClientError, default: int | ClientError) -> None:
        self._applied = applied
        self._default = default

    async def get_service_quota(self, **_: Any) -> Any:
        return self._answer(self._applied)

    async def get_aws_default_service_quota(self, **_: Any) -> Any:
        return self._answer(self._default)

    def _answer(self, value: int | ClientError) -> Any:
        if isinstance(value, ClientError):
            raise value
        return {"Quota": {"Value": float(value)}}


NOT_APPLIED, DENIED = refused("NoSuchResourceException"), refused("AccessDeniedException")


@pytest.mark.parametrize(
    ("applied", "default", "jobs", "warned"),
    [
        pytest.param(100, 20, 100, False, id="applied"),
        pytest.param(NOT_APPLIED, 25, 25, False, id="default"),
        pytest.param(NOT_APPLIED, DENIED, DEFAULT_QUOTA, True, id="the default may not be asked for"),
        pytest.param(DENIED, 100, DEFAULT_QUOTA, True, id="nothing may be asked for"),
    ],
)
async def test_an_account_with_the_default_is_no_reason_to_warn(
    applied: int | ClientError, default: int | ClientError, jobs: int, *, warned: bool
) -> None:
    client: Any = ServiceQuotas(applied, default)
    with capture_logs() as logs:
        assert await Quota(client, None, 300).value() == jobs
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == ["quota_unknown"] * warned
