"""Replays of an archive, and what is told of the connections of API destinations."""

import copy
from datetime import datetime
from typing import Any
from uuid import uuid4

from moto.events.exceptions import ValidationException
from moto.events.models import Connection, EventsBackend, Replay, ReplayState, events_backends

from rekognition_cloud.event_bus.api_destination import is_api_destination

_SECRETS = ("ApiKeyValue", "Password", "ClientSecret")


def replay_by_time_and_rule() -> None:
    """Fault: a replay brings back everything that the archive ever got, to every rule."""

    def replay_events(self: Any, archive: Any) -> None:
        bus = events_backends[self.account_id][self.region].describe_event_bus(self.destination["Arn"].split("/")[-1])
        wanted = self.destination.get("FilterArns") or [rule.arn for rule in bus.rules.values()]
        for event in list(archive.events):
            at = datetime.fromisoformat(event["time"]).timestamp()
            if self.event_start_time <= at < self.event_end_time:
                again = {**event, "id": str(uuid4()), "replay-name": self.name}
                for rule in list(bus.rules.values()):
                    if rule.arn in wanted:
                        rule.send_to_targets(again)
        self.state = ReplayState.COMPLETED

    Replay.replay_events = replay_events


def keep_secrets() -> None:
    """Fault: whoever may look at a connection reads its password."""
    describe = Connection.describe

    def described(self: Any) -> dict[str, Any]:
        told: dict[str, Any] = copy.deepcopy(describe(self))
        for parameters in told["AuthParameters"].values():
            for name in _SECRETS:
                parameters.pop(name, None)
        return told

    Connection.describe = described


def ask_for_roles() -> None:
    """Fault: an API destination is taken as a target without a role, as which EventBridge could invoke it."""
    put = EventsBackend.put_targets

    def put_targets(self: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
        for target in targets:
            if is_api_destination(target["Arn"]) and not target.get("RoleArn"):
                raise ValidationException(f"RoleArn is required for target {target['Arn']}.")
        put(self, name, event_bus_arn, targets)

    EventsBackend.put_targets = put_targets
