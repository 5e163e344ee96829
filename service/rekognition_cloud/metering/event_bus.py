"""Event buses: what is put on them."""

from typing import Any

from moto.events.models import EventsBackend

from rekognition_cloud.event_bus.put_events import entry_size
from rekognition_cloud.meter import Meter
from rekognition_cloud.metering.messages import chunks


def meter_events(meter: Meter) -> None:
    """Each begun 64 KB of an event that was taken is one. Archives, replays and API destinations are not counted."""
    put = EventsBackend.put_events

    def metered(self: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = put(self, events)
        for event, entry in zip(events, entries, strict=True):
            if "EventId" in entry:
                bus = event.get("EventBusName", "default").rpartition("/")[2]
                meter.add("events", bus, "PutEvents", "event", chunks(entry_size(event)))
        return entries

    EventsBackend.put_events = metered
