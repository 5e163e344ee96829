"""What is mended in moto so that it stands in for AWS, under load and for Terraform: one module a part of moto."""

from functools import cache

from rekognition_cloud.patches.answers import mend_answers
from rekognition_cloud.patches.dispatch import mend_dispatch
from rekognition_cloud.patches.dynamodb import mend_dynamodb
from rekognition_cloud.patches.dynamodb_encryption import mend_dynamodb_encryption
from rekognition_cloud.patches.expressions import mend_expressions
from rekognition_cloud.patches.inventory import mend_inventory
from rekognition_cloud.patches.lazy import mend_late
from rekognition_cloud.patches.memory import mend_memory
from rekognition_cloud.patches.min_latency import mend_haste
from rekognition_cloud.patches.s3 import mend_s3
from rekognition_cloud.patches.service_quotas import mend_service_quotas
from rekognition_cloud.patches.sqs import mend_sqs
from rekognition_cloud.patches.sqs_attributes import mend_sqs_attributes
from rekognition_cloud.patches.sqs_sizes import mend_message_sizes


@cache
def patch_moto() -> None:
    """Applies every mend, once a process."""
    mend_dispatch()
    mend_haste()
    mend_memory()
    mend_s3()
    mend_inventory()
    mend_sqs()
    mend_sqs_attributes()
    mend_message_sizes()
    mend_dynamodb()
    mend_dynamodb_encryption()
    mend_expressions()
    mend_answers()
    mend_service_quotas()
    mend_late()
