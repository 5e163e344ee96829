"""ECS services: the settings that they are made with."""

from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.ecs.responses import EC2ContainerServiceResponse

# Settings of a new service that moto drops, although its answers have members for them.
_FORGOTTEN = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "platformFamily",
)


def patch_ecs() -> None:
    patch_service_settings()


def patch_service_settings() -> None:
    """Fault: a new service forgets its capacity providers, its deployment's circuit breaker, its rebalancing between
    zones and whether it allows commands in its containers.
    """
    create = EC2ContainerServiceResponse.create_service

    def create_service(self: Any) -> Any:
        answer = create(self)
        service = answer.result["service"]
        for name in _FORGOTTEN:
            value = self._get_param(name)
            if value is not None:
                setattr(service, camelcase_to_underscores(name), value)
        return answer

    EC2ContainerServiceResponse.create_service = create_service
