import threading
from collections.abc import Mapping

from rekognition_cloud.chance import Chance
from rekognition_cloud.delivery_ledger import DeliveryLedger
from rekognition_cloud.event_bus.deliveries import Deliveries
from rekognition_cloud.fault_rules import FaultRules
from rekognition_cloud.iam.gate import Gate
from rekognition_cloud.knobs import Knobs
from rekognition_cloud.meter import Meter
from rekognition_cloud.rekognition.jobs import Jobs
from rekognition_cloud.request_log import RequestLog
from rekognition_cloud.scheduler import Scheduler
from rekognition_cloud.traffic import Traffic


class State:
    """The state of the embedded cloud that moto does not hold."""

    def __init__(self, knobs: Knobs) -> None:
        self._at_start = knobs
        self._turning = threading.Lock()
        self.knobs = knobs
        self.chance = Chance(knobs.seed)
        self.scheduler = Scheduler()
        self.traffic = Traffic()
        self.deliveries = DeliveryLedger()
        self.meter = Meter()
        self.request_log = RequestLog()
        self.faults = FaultRules(lambda: self.chance)
        self.gate = Gate()
        self.jobs = Jobs(lambda: self.knobs, lambda: self.chance, self.scheduler)
        self.events = Deliveries(lambda: self.knobs, lambda: self.chance, self.gate, self.scheduler.at)

    def turn(self, changes: Mapping[str, object]) -> Knobs:
        """Changes knobs. A new seed restarts every random stream. Raises BadKnobError."""
        with self._turning:
            self.knobs = self.knobs.turned(changes)
            if "seed" in changes:
                self.chance = Chance(self.knobs.seed)
            return self.knobs

    def reset(self) -> None:
        """Back to how it was at the start: knobs, chance, faults, authorisation, jobs, counts, meter, request log."""
        self.scheduler.clear()
        self.events.clear()
        self.faults.clear()
        self.gate.reset()
        self.jobs.clear()
        self.traffic.clear()
        self.deliveries.clear()
        self.meter.on = False
        self.meter.clear()
        self.request_log.clear()
        with self._turning:
            self.knobs = self._at_start
            self.chance = Chance(self.knobs.seed)
