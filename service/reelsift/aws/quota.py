"""How many Rekognition jobs the account may have open: a number, or what Service Quotas says now."""

import time
from typing import TYPE_CHECKING

import structlog
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from types_aiobotocore_service_quotas.client import ServiceQuotasClient

SERVICE_CODE = "rekognition"
QUOTA_CODE = "L-A6079699"
"""Concurrent stored-video jobs an account and region (AWS General Reference)."""

DEFAULT_QUOTA = 20
"""What an account has without asking for more."""

_log = structlog.get_logger(__name__)


class Quota:
    """The quota, read anew every `refresh_s` where the setting is `auto`."""

    def __init__(self, client: "ServiceQuotasClient", setting: int | None, refresh_s: float) -> None:
        self._client = client
        self._setting = setting
        self._refresh_s = refresh_s
        self._value: int | None = setting
        self._read_at = 0.0

    async def value(self) -> int:
        """Jobs that may be open at once. Keeps the last known value where Service Quotas cannot be asked."""
        if self._setting is not None:
            return self._setting
        if self._value is None or time.monotonic() - self._read_at > self._refresh_s:
            self._read_at = time.monotonic()
            self._value = await self._read()
        return self._value

    async def _read(self) -> int:
        try:
            answer = await self._client.get_service_quota(ServiceCode=SERVICE_CODE, QuotaCode=QUOTA_CODE)
            value = int(answer["Quota"]["Value"])
        except (ClientError, BotoCoreError) as error:
            value = self._value if self._value is not None else DEFAULT_QUOTA
            _log.warning(
                "quota_unknown",
                error=str(error),
                used=value,
                mend="allow servicequotas:GetServiceQuota, or set REELSIFT_QUOTA to a number",
            )
            return value
        if value != self._value:
            _log.info("quota", jobs=value, before=self._value)
        return value
