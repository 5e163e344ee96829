"""Which IAM actions each operation needs ("Service Authorization Reference"), a module a service."""

from collections.abc import Mapping

from reelsift.local.authorisation.operations.cloudwatch import CLOUDWATCH
from reelsift.local.authorisation.operations.dynamodb import DYNAMODB
from reelsift.local.authorisation.operations.iam import IAM, STS
from reelsift.local.authorisation.operations.rekognition import REKOGNITION
from reelsift.local.authorisation.operations.s3 import S3
from reelsift.local.authorisation.operations.service_quotas import SERVICE_QUOTAS
from reelsift.local.authorisation.operations.sns import SNS
from reelsift.local.authorisation.operations.sqs import SQS
from reelsift.local.authorisation.rule import Operations

OPERATIONS: Mapping[str, Operations] = {
    "cloudwatch": CLOUDWATCH,
    "dynamodb": DYNAMODB,
    "iam": IAM,
    "rekognition": REKOGNITION,
    "s3": S3,
    "service-quotas": SERVICE_QUOTAS,
    "sns": SNS,
    "sqs": SQS,
    "sts": STS,
}
"""By the names of the boto3 clients. What is not here is denied to IAM's users and roles, whatever their policies."""


def actions_of(service: str, operation: str) -> frozenset[str]:
    """Every action its caller may need for this operation, depending on parameters. Raises KeyError where unknown."""
    return frozenset(rule.action for rule in OPERATIONS[service][operation])
