"""Quotas: reading them has no resources, though a quota has an ARN."""

from rekognition_cloud.iam.rule import Operations, Rule

SERVICE_QUOTAS: Operations = {
    "GetAWSDefaultServiceQuota": (Rule("servicequotas:GetAWSDefaultServiceQuota"),),
    "GetServiceQuota": (Rule("servicequotas:GetServiceQuota"),),
    "ListServiceQuotas": (Rule("servicequotas:ListServiceQuotas"),),
}
