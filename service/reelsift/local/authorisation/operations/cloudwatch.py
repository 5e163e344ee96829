"""Metrics: none of their actions has resources, PutMetricData at least a namespace."""

from reelsift.local.authorisation.api_call import ApiCall
from reelsift.local.authorisation.rule import Operations, Rule


def _namespace(call: ApiCall) -> dict[str, str]:
    return {"cloudwatch:namespace": call.text("Namespace")}


CLOUDWATCH: Operations = {
    "PutMetricData": (Rule("cloudwatch:PutMetricData", keys=_namespace),),
    "GetMetricData": (Rule("cloudwatch:GetMetricData"),),
    "GetMetricStatistics": (Rule("cloudwatch:GetMetricStatistics"),),
    "ListMetrics": (Rule("cloudwatch:ListMetrics"),),
}
