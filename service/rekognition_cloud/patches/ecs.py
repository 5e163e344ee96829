"""ECS services: what they are given, and read back."""

from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.ecs.responses import EC2ContainerServiceResponse

# What moto throws away of a new service, though its answers would show it.
_FORGOTTEN = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "platformFamily",
)


def mend_ecs() -> None:
    mend_service_settings()


def mend_service_settings() -> None:
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
