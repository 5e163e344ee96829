"""Metrics: none of their actions has resources, PutMetricData at least a namespace."""

from rekognition_cloud.iam.api_call import ApiCall
from rekognition_cloud.iam.rule import Operations, Rule


def _namespace(call: ApiCall) -> dict[str, str]:
    return {"cloudwatch:namespace": call.text("Namespace")}


CLOUDWATCH: Operations = {
    "PutMetricData": (Rule("cloudwatch:PutMetricData", keys=_namespace),),
    "GetMetricData": (Rule("cloudwatch:GetMetricData"),),
    "GetMetricStatistics": (Rule("cloudwatch:GetMetricStatistics"),),
    "ListMetrics": (Rule("cloudwatch:ListMetrics"),),
}
