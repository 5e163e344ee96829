"""EventBridge's deliveries: moto tries each target once and without authorisation, and a target that fails fails the
PutEvents of whoever sent the event.

Here an event goes to its targets as EventBridge brings it: into a queue at once, to an API destination by threads of
its own, at the destination's rate and with its connection's authorisation; what fails is tried again with growing
pauses, by the target's retry policy, and then goes to the target's dead-letter queue.
"""

from rekognition_cloud.event_bus.archives import ask_for_roles, keep_secrets, replay_by_time_and_rule
from rekognition_cloud.event_bus.deliveries import Deliveries
from rekognition_cloud.event_bus.put_events import take_entries
from rekognition_cloud.event_bus.rules import send_by_rules

__all__ = ["Deliveries", "install"]


def install(deliveries: Deliveries) -> None:
    """Lets moto's rules deliver here, and PutEvents answer as EventBridge does."""
    send_by_rules(deliveries)
    take_entries()
    replay_by_time_and_rule()
    keep_secrets()
    ask_for_roles()
