"""CloudWatch metrics, added up in memory and sent in the background."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from reelsift.aws.errors import is_transient

if TYPE_CHECKING:
    from types_aiobotocore_cloudwatch.client import CloudWatchClient

CALL_METRICS = 500
"""Metrics in a call; CloudWatch takes 1,000 and 1 MB, and each may carry its values."""

METRIC_VALUES = 150
"""Distinct values a metric carries in one call at most (CloudWatch)."""

_UNITS = {
    "JobSeconds": "Seconds",
    "CompletionToAlertSeconds": "Seconds",
    "OldestUntoldSeconds": "Seconds",
    "OldestUnsealedSeconds": "Seconds",
    "BilledMinutes": "None",
    "Spend": "None",
    "VerdictShift": "None",
}

_TOTALLED = frozenset({"Started", "Succeeded", "Failed", "Outcomes", "NewModelVersion"})
"""Counts that are sent once more without their own dimensions: an alarm's metric math adds up named metrics only, and
the reasons of failures are many (CloudWatch: no SEARCH in alarms).
"""

_Key = tuple[str, tuple[tuple[str, str], ...]]

_log = structlog.get_logger(__name__)


def unit_of(name: str) -> str:
    """The unit that CloudWatch is told of a metric."""
    return _UNITS.get(name, "Count")


class Metrics:
    """Counts, gauges and distributions of one process. Recording never waits and never fails."""

    def __init__(self, client: "CloudWatchClient", namespace: str, deployment: str) -> None:
        self._client = client
        self._namespace = namespace
        self._deployment = deployment
        self._counts: Counter[_Key] = Counter()
        self._gauges: dict[_Key, float] = {}
        self._distributions: dict[_Key, Counter[float]] = {}

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        """Add to a sum."""
        self._counts[self._key(name, dimensions)] += value  # type: ignore[assignment]
        if dimensions and name in _TOTALLED:
            self._counts[self._key(name, {})] += value  # type: ignore[assignment]

    def gauge(self, name: str, value: float, **dimensions: str) -> None:
        """Set what is true now; the last value before a flush is sent."""
        self._gauges[self._key(name, dimensions)] = value

    def observe(self, name: str, value: float, **dimensions: str) -> None:
        """Add one sample to a distribution, to the millisecond."""
        self._distributions.setdefault(self._key(name, dimensions), Counter())[round(value, 3)] += 1

    async def flush(self) -> None:
        """Send what was recorded. What CloudWatch refuses is logged and dropped: metrics never stop the work."""
        data = self._take()
        for start in range(0, len(data), CALL_METRICS):
            try:
                await self._client.put_metric_data(
                    Namespace=self._namespace, MetricData=data[start : start + CALL_METRICS]
                )
            except (ClientError, BotoCoreError, OSError) as error:
                _log.warning("metrics_dropped", metrics=len(data) - start, error=str(error), again=is_transient(error))
                return

    def _take(self) -> list[Any]:
        """All that was recorded since the last time, in CloudWatch's shape."""
        now = time.time()
        data: list[Any] = []
        counts, self._counts = self._counts, Counter()
        gauges, self._gauges = self._gauges, {}
        distributions, self._distributions = self._distributions, {}
        data += [self._datum(key, now) | {"Value": float(value)} for key, value in ({**counts, **gauges}).items()]
        for key, samples in distributions.items():
            values = list(samples.items())
            for start in range(0, len(values), METRIC_VALUES):
                part = values[start : start + METRIC_VALUES]
                data.append(
                    self._datum(key, now)
                    | {"Values": [value for value, _ in part], "Counts": [float(times) for _, times in part]}
                )
        return data

    def _key(self, name: str, dimensions: Mapping[str, str]) -> _Key:
        return name, tuple(sorted({"Deployment": self._deployment, **dimensions}.items()))

    def _datum(self, key: _Key, now: float) -> dict[str, Any]:
        name, dimensions = key
        return {
            "MetricName": name,
            "Timestamp": now,
            "Unit": unit_of(name),
            "Dimensions": [{"Name": dimension, "Value": value} for dimension, value in dimensions],
        }
