"""Service Quotas: the one quota this project asks for."""

from typing import Any

from moto.servicequotas.models import ServiceQuotasBackend

from rekognition_cloud.call import CALL

_CONCURRENT_JOBS = "L-A6079699"


def mend_service_quotas() -> None:
    """Fault: moto knows the quotas of VPC alone. Rekognition's concurrent jobs are asked of the knobs."""
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
