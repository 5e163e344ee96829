"""What has to be mended in moto before it can stand in for AWS under load: one module a part of moto."""

from functools import cache

from reelsift.local.mends.dispatch import mend_dispatch
from reelsift.local.mends.dynamodb import mend_dynamodb
from reelsift.local.mends.memory import mend_memory
from reelsift.local.mends.s3 import mend_s3
from reelsift.local.mends.service_quotas import mend_service_quotas
from reelsift.local.mends.sqs import mend_sqs


@cache
def mend_moto() -> None:
    """Applies every mend, once a process."""
    mend_dispatch()
    mend_memory()
    mend_s3()
    mend_sqs()
    mend_dynamodb()
    mend_service_quotas()
