"""Patches that let moto stand in for AWS, under load and for Terraform. One module patches one part of moto."""

from functools import cache

from rekognition_cloud.patches.answers import patch_answers
from rekognition_cloud.patches.applications import patch_applications, patch_operation_names
from rekognition_cloud.patches.conditional_copies import patch_conditional_copies
from rekognition_cloud.patches.dispatch import patch_dispatch
from rekognition_cloud.patches.dynamodb import patch_dynamodb
from rekognition_cloud.patches.dynamodb_encryption import patch_dynamodb_encryption
from rekognition_cloud.patches.dynamodb_queries import patch_queries
from rekognition_cloud.patches.expressions import patch_expressions
from rekognition_cloud.patches.iam import patch_accounts
from rekognition_cloud.patches.inventory import patch_inventory
from rekognition_cloud.patches.lazy import patch_lazily
from rekognition_cloud.patches.memory import patch_memory
from rekognition_cloud.patches.min_latency import patch_min_latency
from rekognition_cloud.patches.object_lock import patch_object_lock
from rekognition_cloud.patches.plain_updates import patch_plain_updates
from rekognition_cloud.patches.s3 import patch_s3
from rekognition_cloud.patches.service_quotas import patch_service_quotas
from rekognition_cloud.patches.sns import patch_confirmation
from rekognition_cloud.patches.sns_signatures import patch_signatures
from rekognition_cloud.patches.sqs import patch_sqs
from rekognition_cloud.patches.sqs_attributes import patch_sqs_attributes
from rekognition_cloud.patches.sqs_sizes import patch_message_sizes


@cache
def patch_moto() -> None:
    """Applies every patch, once a process."""
    patch_dispatch()
    patch_applications()
    patch_operation_names()
    patch_min_latency()
    patch_memory()
    patch_accounts()
    patch_s3()
    patch_conditional_copies()
    patch_object_lock()
    patch_inventory()
    patch_sqs()
    patch_sqs_attributes()
    patch_message_sizes()
    patch_dynamodb()
    # Before queries: these see to it that every write is told.
    patch_plain_updates()
    patch_queries()
    patch_dynamodb_encryption()
    patch_expressions()
    patch_answers()
    patch_service_quotas()
    patch_confirmation()
    patch_signatures()
    patch_lazily()
