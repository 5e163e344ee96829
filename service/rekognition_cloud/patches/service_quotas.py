"""Service Quotas: the quota of Rekognition's concurrent jobs."""

from typing import Any

from moto.servicequotas.models import ServiceQuotasBackend

from rekognition_cloud.call import CALL

_CONCURRENT_JOBS = "L-A6079699"


def patch_service_quotas() -> None:
    """Fault: moto knows only the quotas of VPC. The one of Rekognition's concurrent jobs comes from the knobs."""
    get_service_quota = ServiceQuotasBackend.get_service_quota

    def get(self: Any, service_code: str, quota_code: str) -> Any:
        if (service_code, quota_code) != ("rekognition", _CONCURRENT_JOBS):
            return get_service_quota(self, service_code, quota_code)
        return {
            "ServiceCode": "rekognition",
            "ServiceName": "Amazon Rekognition",
            "QuotaArn": f"arn:aws:servicequotas:{self.region_name}:{self.account_id}:rekognition/{_CONCURRENT_JOBS}",
            "QuotaCode": _CONCURRENT_JOBS,
            "QuotaName": "Concurrent stored video jobs per account",
            "Value": float(CALL.get().state.knobs.quota),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }

    ServiceQuotasBackend.get_service_quota = get
