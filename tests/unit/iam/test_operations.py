"""The table of what each operation needs."""

import pytest
from botocore.session import Session

from rekognition_cloud.iam.operations import OPERATIONS, actions_of

_PREFIXES = {
    "service-quotas": {"servicequotas"},
    "rekognition": {"rekognition", "s3", "iam"},
    "s3": {"s3", "kms"},
    "dynamodb": {"dynamodb", "kms"},
}
"""Prefixes of actions that are not their client's name, or not that alone."""


@pytest.mark.parametrize("service", OPERATIONS)
def test_every_operation_in_it_is_one_of_the_service_and_needs_actions_of_the_service(service: str) -> None:
    assert OPERATIONS[service].keys() <= set(Session().get_service_model(service).operation_names)
    prefixes = {
        action.partition(":")[0] for operation in OPERATIONS[service] for action in actions_of(service, operation)
    }
    assert prefixes <= _PREFIXES.get(service, {service})
