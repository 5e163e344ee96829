"""Deliveries that fail and are tried again, and what becomes of them in the end."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from rekognition_cloud.chance import Chance
from rekognition_cloud.event_bus import api_destination, targets
from rekognition_cloud.event_bus.delivery import Delivery, Undelivered
from rekognition_cloud.iam.gate import Gate
from rekognition_cloud.knobs import Knobs

_THREADS = 8
_LONGEST_PAUSE_SECONDS = 900.0

_log = logging.getLogger(__name__)

At = Callable[[float, Callable[[], None]], None]
"""Runs an action at a time, in seconds since the epoch."""


class Deliveries:
    """The deliveries under way. Queues get their events at once, in the thread of whoever sent them."""

    def __init__(
        self,
        knobs: Callable[[], Knobs],
        chance: Callable[[], Chance],
        gate: Gate,
        at: At,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._knobs = knobs
        self._chance = chance
        self._gate = gate
        self._at = at
        self._clock = clock
        self._lock = threading.Lock()
        self._free: dict[str, float] = {}
        """Of each API destination: when its rate lets the next request out."""
        self._senders: ThreadPoolExecutor | None = None
        self._round = 0

    def begin(self, rule: Any, target: Mapping[str, Any], event: dict[str, Any]) -> None:
        """Sets an event on its way to a target of a rule of moto's."""
        self._try(Delivery(rule, dict(target), event, self._clock()))

    def clear(self) -> None:
        """Forgets what is under way. A request that has been sent already goes on, and nothing follows it."""
        with self._lock:
            self._round += 1
            self._free.clear()

    def stop(self) -> None:
        """Forgets what is under way, and ends the threads."""
        self.clear()
        with self._lock:
            senders, self._senders = self._senders, None
        if senders is not None:
            senders.shutdown(wait=False, cancel_futures=True)

    def _try(self, delivery: Delivery) -> None:
        if not api_destination.is_api_destination(delivery.arn):
            self._attempt(delivery, lambda: targets.deliver(delivery, self._gate))
            return
        try:
            self._check_role(delivery)
            request = api_destination.request_for(delivery)
        except Undelivered as undelivered:
            self._failed(delivery, undelivered)
            return
        begun = self._round

        def send() -> None:
            if begun == self._round:
                self._attempt(delivery, lambda: api_destination.invoke(request))

        with self._lock:
            when = max(self._clock(), self._free.get(request.destination, 0.0))
            self._free[request.destination] = when + 1 / request.rate
        self._at(when, lambda: self._submit(send))

    def _submit(self, send: Callable[[], None]) -> None:
        with self._lock:
            if self._senders is None:
                self._senders = ThreadPoolExecutor(_THREADS, thread_name_prefix="rekognition-cloud-events")
            self._senders.submit(send)

    def _check_role(self, delivery: Delivery) -> None:
        """EventBridge invokes a destination as the target's role."""
        role = delivery.target.get("RoleArn", "")
        if not self._gate.invokes(targets.SENDER, role, delivery.account, "events:InvokeApiDestination", delivery.arn):
            raise Undelivered("NO_PERMISSIONS", f"{role or 'no role'} may not invoke {delivery.arn}", again=False)

    def _attempt(self, delivery: Delivery, attempt: Callable[[], None]) -> None:
        try:
            attempt()
        except Undelivered as undelivered:
            self._failed(delivery, undelivered)
        except Exception:  # noqa: BLE001  # logged in full
            # A fault of the cloud's own is not to fail whoever sent the event.
            _log.exception("the embedded cloud could not deliver to %s", delivery.arn)
            self._failed(delivery, Undelivered("INTERNAL_ERROR", "a fault of the embedded cloud", again=False))

    def _failed(self, delivery: Delivery, undelivered: Undelivered) -> None:
        tried = replace(delivery, tries=delivery.tries + 1)
        pause = max(self._pause(tried), undelivered.after)
        exhausted = tried.exhausted(self._clock() + pause) if undelivered.again else None
        if undelivered.again and exhausted is None:
            begun = self._round
            self._at(self._clock() + pause, lambda: self._try(tried) if begun == self._round else None)
        elif delivery.dead_letters is not None:
            self._bury(tried, undelivered, exhausted)

    def _pause(self, delivery: Delivery) -> float:
        """Seconds until the next try: twice as long each time, less a share by chance. EventBridge documents that its
        pauses grow, and not by how much.
        """
        longest = min(self._knobs().event_retry_seconds * 2 ** (delivery.tries - 1), _LONGEST_PAUSE_SECONDS)
        return self._chance().between("event retry", longest / 2, longest)

    def _bury(self, delivery: Delivery, undelivered: Undelivered, exhausted: str | None) -> None:
        told = {
            "RULE_ARN": str(delivery.rule.arn),
            "TARGET_ARN": delivery.arn,
            "ERROR_CODE": undelivered.code,
            "ERROR_MESSAGE": str(undelivered),
            "RETRY_ATTEMPTS": str(delivery.tries - 1),
        }
        if exhausted is not None:
            told["EXHAUSTED_RETRY_CONDITION"] = exhausted
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in told.items()}
        try:
            # The event itself, whatever the target would have got of it.
            whole = replace(delivery, target={"Arn": delivery.arn})
            targets.send(delivery, delivery.dead_letters or "", whole.text, self._gate, attributes=attributes)
        except Undelivered as lost:
            _log.warning("an event for %s is lost: its dead-letter queue does not take it: %s", delivery.arn, lost)
