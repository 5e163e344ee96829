"""Which IAM actions each operation needs ("Service Authorization Reference"), a module a service."""

from collections.abc import Mapping

from rekognition_cloud.iam.operations.cloudwatch import CLOUDWATCH
from rekognition_cloud.iam.operations.dynamodb import DYNAMODB
from rekognition_cloud.iam.operations.events import EVENTS
from rekognition_cloud.iam.operations.iam import IAM, STS
from rekognition_cloud.iam.operations.rekognition import REKOGNITION
from rekognition_cloud.iam.operations.s3 import S3
from rekognition_cloud.iam.operations.service_quotas import SERVICE_QUOTAS
from rekognition_cloud.iam.operations.sns import SNS
from rekognition_cloud.iam.operations.sqs import SQS
from rekognition_cloud.iam.rule import Operations

OPERATIONS: Mapping[str, Operations] = {
    "cloudwatch": CLOUDWATCH,
    "dynamodb": DYNAMODB,
    "events": EVENTS,
    "iam": IAM,
    "rekognition": REKOGNITION,
    "s3": S3,
    "service-quotas": SERVICE_QUOTAS,
    "sns": SNS,
    "sqs": SQS,
    "sts": STS,
}
"""By the names of boto3 clients. Operations not listed here are denied to users and roles, whatever their policies."""


def actions_of(service: str, operation: str) -> frozenset[str]:
    """Every action its caller may need for this operation, depending on parameters. Raises KeyError where unknown."""
    return frozenset(rule.action for rule in OPERATIONS[service][operation])
