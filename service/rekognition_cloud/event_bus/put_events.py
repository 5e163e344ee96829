"""What PutEvents answers."""

import json
from typing import Any

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend

from rekognition_cloud.call import CALL

LARGEST_CALL = 256 * 1024
_TIME_BYTES = 14


def take_entries() -> None:
    """Faults: a call may be of any size; a bus that does not exist is an error, where EventBridge drops the event and
    answers as if all were well; a detail that is no object is taken.

    The fault rules may refuse single entries.
    """
    put = EventsBackend.put_events

    def put_events(self: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(events) <= 10 and sum(map(entry_size, events)) >= LARGEST_CALL:  # noqa: PLR2004  # moto refuses more than 10
            raise ValidationException("Total size of the entries in the request is over the limit.")
        if len(events) > 10:  # noqa: PLR2004  # the same
            return list(put(self, events))
        return [_refusal(event) or _taken(self, put, event) for event in events]

    EventsBackend.put_events = put_events


def _taken(backend: Any, put: Any, event: dict[str, Any]) -> dict[str, Any]:
    bus = backend._normalize_event_bus_arn(event.get("EventBusName"))  # noqa: SLF001  # moto's own name for it
    if bus not in backend.event_buses:
        # The same checks and answer, where nobody listens.
        backend = EventsBackend(backend.region_name, backend.account_id)
        event = {name: value for name, value in event.items() if name != "EventBusName"}
    entry: dict[str, Any] = put(backend, [event])[0]
    return entry


def _refusal(event: dict[str, Any]) -> dict[str, Any] | None:
    call = CALL.get(None)
    if call is not None and (fault := call.state.faults.strike_entry(json.dumps(event))) is not None:
        return {"ErrorCode": fault.code, "ErrorMessage": fault.message}
    try:
        detail = json.loads(event.get("Detail") or "{}")
    except ValueError:
        return None  # and moto says so
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None


def entry_size(event: dict[str, Any]) -> int:
    """Bytes of an entry ("Calculating PutEvents event entry size")."""
    texts = [event.get("Source"), event.get("DetailType"), event.get("Detail"), *(event.get("Resources") or ())]
    return _TIME_BYTES * ("Time" in event) + sum(len(text.encode(errors="surrogatepass")) for text in texts if text)
