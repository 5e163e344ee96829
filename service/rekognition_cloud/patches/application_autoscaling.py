"""Application Auto Scaling: its tags, and policies that are put again."""

from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult


def patch_application_autoscaling() -> None:
    patch_target_tags()
    patch_policy_identity()


def patch_target_tags() -> None:
    """Fault: scalable targets have no tags: ListTagsForResource, TagResource and UntagResource are missing, and tags
    given at registration are dropped.
    """
    register = ApplicationAutoScalingResponse.register_scalable_target

    def register_scalable_target(self: Any) -> Any:
        answer = register(self)
        backend = self.applicationautoscaling_backend
        dimension, resource = self._get_param("ScalableDimension"), self._get_param("ResourceId")
        target = backend.targets[dimension][resource]
        target.tags = getattr(target, "tags", {}) | (self._get_param("Tags") or {})
        return answer

    def target_of(self: Any) -> Any:
        arn = self._get_param("ResourceARN")
        for by_resource in self.applicationautoscaling_backend.targets.values():
            for target in by_resource.values():
                if target.arn == arn:
                    return target
        raise _MissingTargetError(f"No scalable target found for {arn}")

    def list_tags_for_resource(self: Any) -> Any:
        return ActionResult({"Tags": target_of(self).tags})

    def tag_resource(self: Any) -> Any:
        target_of(self).tags.update(self._get_param("Tags"))
        return EmptyResult()

    def untag_resource(self: Any) -> Any:
        for key in self._get_param("TagKeys"):
            target_of(self).tags.pop(key, None)
        return EmptyResult()

    ApplicationAutoScalingResponse.register_scalable_target = register_scalable_target
    ApplicationAutoScalingResponse.list_tags_for_resource = list_tags_for_resource
    ApplicationAutoScalingResponse.tag_resource = tag_resource
    ApplicationAutoScalingResponse.untag_resource = untag_resource


class _MissingTargetError(ServiceException):  # type: ignore[misc]  # moto publishes no types
    code = "ResourceNotFoundException"


def patch_policy_identity() -> None:
    """Fault: a policy that is put again gets another ARN, so that its alarms no longer trigger it; the alarms that moto
    made for the old one stay for ever.
    """
    put = ApplicationAutoscalingBackend.put_scaling_policy

    def put_scaling_policy(self: Any, **named: Any) -> Any:
        place = [named[name] for name in ("service_namespace", "resource_id", "scalable_dimension", "policy_name")]
        old = self.policies.get("\t".join(place))
        policy = put(self, **named)
        if old is not None:
            old.delete_alarms(self.account_id, self.region_name)
            policy.policy_arn = old.policy_arn
            policy.creation_time = old.creation_time
        return policy

    ApplicationAutoscalingBackend.put_scaling_policy = put_scaling_policy
