"""How many Rekognition jobs the account may have open: a number, or what Service Quotas says now."""

from typing import TYPE_CHECKING

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from reelsift.aws.errors import code_of
from reelsift.aws.remembered import Remembered

if TYPE_CHECKING:
    from types_aiobotocore_service_quotas.client import ServiceQuotasClient

SERVICE_CODE = "rekognition"
QUOTA_CODE = "L-A6079699"
"""Concurrent stored-video jobs an account and region (AWS General Reference)."""

DEFAULT_QUOTA = 20
"""What an account has without asking for more."""

NEEDED_ACTIONS = ("servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota")
"""What IAM has to allow for `account_quota`."""

_log = structlog.get_logger(__name__)


async def account_quota(client: "ServiceQuotasClient") -> int:
    """The jobs that the account may have open at once in this region. Raises what botocore raises.

    Service Quotas knows only what was applied to an account: of one that has the default it says that there is no such
    resource, and the default is a question of its own.
    """
    try:
        answer = await client.get_service_quota(ServiceCode=SERVICE_CODE, QuotaCode=QUOTA_CODE)
    except ClientError as error:
        if code_of(error) != "NoSuchResourceException":
            raise
        default = await client.get_aws_default_service_quota(ServiceCode=SERVICE_CODE, QuotaCode=QUOTA_CODE)
        return int(default["Quota"]["Value"])
    return int(answer["Quota"]["Value"])


class Quota:
    """The quota, read anew every `refresh_s` where the setting is `auto`."""

    def __init__(self, client: "ServiceQuotasClient", setting: int | None, refresh_s: float) -> None:
        self._client = client
        self._setting = setting
        self._known: int | None = None
        self._remembered: Remembered[int] = Remembered(lambda _: refresh_s)

    async def value(self) -> int:
        """Jobs that may be open at once. Keeps the last known value where Service Quotas cannot be asked."""
        if self._setting is not None:
            return self._setting
        return await self._remembered.get(self._read)

    async def _read(self) -> int:
        try:
            value = await account_quota(self._client)
        except (ClientError, BotoCoreError) as error:
            value = DEFAULT_QUOTA if self._known is None else self._known
            _log.warning(
                "quota_unknown",
                error=str(error),
                used=value,
                mend=f"allow {' and '.join(NEEDED_ACTIONS)}, or set REELSIFT_QUOTA to a number",
            )
            return value
        if value != self._known:
            _log.info("quota", jobs=value, before=self._known)
        self._known = value
        return value
