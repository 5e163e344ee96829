"""EventBridge: buses."""

from rekognition_cloud.iam.api_call import ApiCall
from rekognition_cloud.iam.rule import Operations, Rule


def _arn(call: ApiCall, name: str) -> str:
    return name if name.startswith("arn:") else call.arn("events", f"event-bus/{name or 'default'}")


def _buses(call: ApiCall) -> list[str]:
    return sorted({_arn(call, entry.get("EventBusName", "")) for entry in call.parameters["Entries"]})


def _source(call: ApiCall) -> dict[str, str]:
    """EventBridge decides entry by entry; here a call is decided as a whole."""
    (source,) = {entry.get("Source", "") for entry in call.parameters["Entries"]}
    return {"events:source": source}


def _bus(call: ApiCall) -> list[str]:
    return [_arn(call, call.text("Name"))]


EVENTS: Operations = {
    "PutEvents": (Rule("events:PutEvents", _buses, _source),),
    "DescribeEventBus": (Rule("events:DescribeEventBus", _bus),),
}
