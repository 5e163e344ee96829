"""Quotas: reading them has no resources, though a quota has an ARN."""

from reelsift.local.authorisation.rule import Operations, Rule

SERVICE_QUOTAS: Operations = {
    "GetServiceQuota": (Rule("servicequotas:GetServiceQuota"),),
    "ListServiceQuotas": (Rule("servicequotas:ListServiceQuotas"),),
}
