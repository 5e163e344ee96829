"""What is mended in moto so that it stands in for AWS, under load and for Terraform: one module a part of moto."""

from functools import cache

from reelsift.local.mends.answers import mend_answers
from reelsift.local.mends.dispatch import mend_dispatch
from reelsift.local.mends.dynamodb import mend_dynamodb
from reelsift.local.mends.dynamodb_encryption import mend_dynamodb_encryption
from reelsift.local.mends.expressions import mend_expressions
from reelsift.local.mends.haste import mend_haste
from reelsift.local.mends.inventory import mend_inventory
from reelsift.local.mends.late import mend_late
from reelsift.local.mends.memory import mend_memory
from reelsift.local.mends.s3 import mend_s3
from reelsift.local.mends.service_quotas import mend_service_quotas
from reelsift.local.mends.sqs import mend_sqs
from reelsift.local.mends.sqs_attributes import mend_sqs_attributes
from reelsift.local.mends.sqs_sizes import mend_message_sizes


@cache
def mend_moto() -> None:
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
