"""Which rules an event goes through, and by which archive it is kept."""

from typing import Any

from moto.events.models import Rule, events_backends

from rekognition_cloud.event_bus.deliveries import Deliveries
from rekognition_cloud.event_bus.delivery import as_read

_ARCHIVE = "Events-Archive-"
"""How moto names the rule of an archive."""


def send_by_rules(deliveries: Deliveries) -> None:
    """Faults: a target that fails fails PutEvents; a disabled rule delivers, and one with a schedule gets every event
    of S3; targets get an event without its account, and API destinations an empty request.
    """

    def send_to_targets(self: Any, original_event: dict[str, Any], transform_input: bool = True) -> None:  # noqa: ARG001, FBT001, FBT002  # moto's own parameters
        if self.state == "DISABLED" or self.scheduled_expression:
            return
        event = as_read(original_event)
        if not self.event_pattern.matches_event(event):
            return
        if self.managed_by:
            backend = events_backends[self.account_id][self.region_name]
            backend.archives[self.name.removeprefix(_ARCHIVE)].events.append(event)
            return
        for target in list(self.targets):
            deliveries.begin(self, target, event)

    Rule.send_to_targets = send_to_targets
