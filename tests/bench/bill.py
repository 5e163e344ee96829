"""What a run would have cost, a million videos of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from bench.price_list import METERED, MILLION

Amounts = Mapping[tuple[str, str], float]
"""Units a video, by service and unit."""


def amounts(entries: Iterable[Mapping[str, Any]], videos: int) -> dict[tuple[str, str], float]:
    """Units a video, of what the cloud's meter has counted. Metrics are billed by the month, and left out."""
    sums: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        if entry["unit"] != "metric":
            sums[entry["service"], entry["unit"]] += entry["amount"]
    return {reading: amount / videos for reading, amount in sums.items()}


def usd_a_million(units: Amounts) -> dict[str, float]:
    """US dollars for a million videos, by service, and `together`."""
    bill: dict[str, float] = {}
    for (service, unit), amount in units.items():
        bill[service] = bill.get(service, 0) + METERED[service, unit].of(amount * MILLION)
    return {service: round(usd, 2) for service, usd in sorted(bill.items())} | {
        "together": round(sum(bill.values()), 2)
    }


def named(units: Amounts) -> dict[str, float]:
    """Units a video as JSON has them: `service unit`."""
    return {" ".join(reading): round(amount, 3) for reading, amount in sorted(units.items())}


def by_resource(entries: Iterable[Mapping[str, Any]], service: str, videos: int) -> dict[str, dict[str, float]]:
    """Units a video of one service, by `resource unit`, then by operation."""
    table: dict[str, dict[str, float]] = {}
    for entry in entries:
        if entry["service"] == service:
            operations = table.setdefault(f"{entry['resource']} {entry['unit']}".strip(), {})
            operations[entry["operation"]] = round(entry["amount"] / videos, 3)
    return table
