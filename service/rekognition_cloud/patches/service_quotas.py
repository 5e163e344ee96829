"""Service Quotas: the quota of Rekognition's concurrent jobs."""

import json
from typing import Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse

from rekognition_cloud.call import CALL
from rekognition_cloud.knobs import Knobs

_CONCURRENT_JOBS = ("rekognition", "L-A6079699")
_DEFAULT_JOBS = Knobs.quota


def patch_service_quotas() -> None:
    """Fault: moto knows only the quotas of VPC, and no GetAWSDefaultServiceQuota.

    The quota of Rekognition's concurrent jobs comes from the knobs. As at AWS, GetServiceQuota answers only what was
    applied to the account: where the knob has the default, there is NoSuchResourceException.
    """
    get_service_quota = ServiceQuotasBackend.get_service_quota

    def get_applied(self: Any, service_code: str, quota_code: str) -> Any:
        if (service_code, quota_code) != _CONCURRENT_JOBS:
            return get_service_quota(self, service_code, quota_code)
        jobs = CALL.get().state.knobs.quota
        if jobs == _DEFAULT_JOBS:
            raise NoSuchResource
        return _quota(self, jobs)

    def get_default(self: Any) -> str:
        asked = json.loads(self.body)
        if (asked.get("ServiceCode"), asked.get("QuotaCode")) != _CONCURRENT_JOBS:
            raise NoSuchResource
        return json.dumps({"Quota": _quota(self.backend, _DEFAULT_JOBS)})

    patched: Any = ServiceQuotasResponse
    patched.get_aws_default_service_quota = get_default
    ServiceQuotasBackend.get_service_quota = get_applied


def _quota(backend: Any, jobs: int) -> dict[str, Any]:
    service, code = _CONCURRENT_JOBS
    return {
        "ServiceCode": service,
        "ServiceName": "Amazon Rekognition",
        "QuotaArn": f"arn:aws:servicequotas:{backend.region_name}:{backend.account_id}:{service}/{code}",
        "QuotaCode": code,
        "QuotaName": "Concurrent stored video jobs per account",
        "Value": float(jobs),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
