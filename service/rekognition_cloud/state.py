import threading
from collections.abc import Mapping

from rekognition_cloud.chance import Dice
from rekognition_cloud.delivery_book import DeliveryBook
from rekognition_cloud.fault_book import FaultBook
from rekognition_cloud.iam.gate import Gate
from rekognition_cloud.knobs import Knobs
from rekognition_cloud.meter import Meter
from rekognition_cloud.rekognition.job_book import JobBook
from rekognition_cloud.request_log import Trail
from rekognition_cloud.scheduler import Scheduler
from rekognition_cloud.traffic import Traffic


class State:
    """What the embedded cloud remembers beside moto's own state."""

    def __init__(self, knobs: Knobs) -> None:
        self._at_start = knobs
        self._turning = threading.Lock()
        self.knobs = knobs
        self.dice = Dice(knobs.seed)
        self.scheduler = Scheduler()
        self.traffic = Traffic()
        self.deliveries = DeliveryBook()
        self.meter = Meter()
        self.trail = Trail()
        self.faults = FaultBook(lambda: self.dice)
        self.gate = Gate()
        self.jobs = JobBook(lambda: self.knobs, lambda: self.dice, self.scheduler)

    def turn(self, changes: Mapping[str, object]) -> Knobs:
        """Changes knobs; a seed begins all sequences of chance anew. Raises BadKnobError."""
        with self._turning:
            self.knobs = self.knobs.turned(changes)
            if "seed" in changes:
                self.dice = Dice(self.knobs.seed)
            return self.knobs

    def reset(self) -> None:
        """Back to how it was at the start: knobs, chance, faults, authorisation, jobs, counts, meter, trail."""
        self.scheduler.clear()
        self.faults.clear()
        self.gate.reset()
        self.jobs.clear()
        self.traffic.clear()
        self.deliveries.clear()
        self.meter.on = False
        self.meter.clear()
        self.trail.clear()
        with self._turning:
            self.knobs = self._at_start
            self.dice = Dice(self.knobs.seed)
