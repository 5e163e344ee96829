"""What a month costs in which nothing happens: the table of docs/deploy.md, line by line."""

from bench.fargate import TASK_GB, TASK_VCPU
from bench.price_list import (
    ALARM_METRIC_MONTH,
    FARGATE_GB_HOUR,
    FARGATE_VCPU_HOUR,
    IMAGE_GB_MONTH,
    KEY_MONTH,
    LOG_GB,
    METRIC_MONTH,
    PUBLIC_ADDRESS_HOUR,
    RECOVERY_GB_MONTH,
    TABLE_GB_MONTH,
)

HOURS_A_MONTH = 720

WAKES = HOURS_A_MONTH * 60 / 300
"""A worker is woken every 300 minutes, to do what only time makes due."""

WAKE_MINUTES = 13

GAUGES = 8
"""Metrics that a worker without work sends."""

ALARM_METRICS = 34
IMAGE_GB = 0.16

WAKE_LOG_BYTES = 5_000
"""What a worker that finds nothing to do logs between its start and its end, rather more than that."""

KEPT_GB = 0.01
"""Tables of a deployment that has done nothing."""


def idle_month() -> dict[str, float]:
    """US dollars, by the rows of the table."""
    hours = WAKES * WAKE_MINUTES / 60
    return {
        "alarms": ALARM_METRIC_MONTH.of(ALARM_METRICS),
        "key of sealed videos": KEY_MONTH.of(1),
        "ticks": hours * (FARGATE_VCPU_HOUR.of(TASK_VCPU) + FARGATE_GB_HOUR.of(TASK_GB)),
        "gauges": METRIC_MONTH.of(GAUGES * gauge_hours() / HOURS_A_MONTH),
        "public IPv4 address": PUBLIC_ADDRESS_HOUR.of(hours),
        "image": IMAGE_GB_MONTH.of(IMAGE_GB),
        "point-in-time recovery": (RECOVERY_GB_MONTH.usd + TABLE_GB_MONTH.usd) * KEPT_GB,
        "logs": LOG_GB.of(WAKES * WAKE_LOG_BYTES / 1e9),
    }


def gauge_hours() -> float:
    """Hours of the month in which a gauge has data: each wake has its own, or two where it falls on the hour."""
    return WAKES * (1 + WAKE_MINUTES / 60)
