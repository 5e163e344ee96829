"""What the processes cost that do the work: by the hour in Fargate, by the second in Lambda."""

from bench.price_list import (
    BATCH_OPERATIONS_OBJECT,
    FARGATE_GB_HOUR,
    FARGATE_VCPU_HOUR,
    LAMBDA_GB_SECOND,
    LAMBDA_REQUEST,
    MILLION,
    PUBLIC_ADDRESS_HOUR,
)

TASK_VCPU = 0.5
TASK_GB = 1.0
"""The task that terraform/ makes unless told otherwise."""

LAMBDA_GB = 0.128
"""The smallest function there is."""

LAMBDA_POLL_S = 5


def task_hour_usd() -> float:
    """A task with a public address, an hour."""
    return FARGATE_VCPU_HOUR.of(TASK_VCPU) + FARGATE_GB_HOUR.of(TASK_GB) + PUBLIC_ADDRESS_HOUR.of(1)


def quota_bound_hours(job_s: float, quota: int) -> float:
    """Hours a million videos take where the quota is always full: one task does that, and mostly waits."""
    return MILLION * job_s / quota / 3600


def processor_bound_hours(cpu_s: float) -> float:
    """Task hours of a million videos of so much processor time each, if nothing were waited for."""
    return MILLION * cpu_s / TASK_VCPU / 3600


def function_usd(job_s: float) -> float:
    """A function that waits for each of a million videos, invoked by S3 Batch Operations. It sees the job's end half a
    poll late in the mean.
    """
    seconds = job_s + LAMBDA_POLL_S / 2
    return (
        LAMBDA_GB_SECOND.of(seconds * LAMBDA_GB * MILLION)
        + LAMBDA_REQUEST.of(MILLION)
        + BATCH_OPERATIONS_OBJECT.of(MILLION)
    )
