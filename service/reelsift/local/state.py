import threading
from collections.abc import Mapping

from reelsift.local.authorisation.gate import Gate
from reelsift.local.delivery_book import DeliveryBook
from reelsift.local.dice import Dice
from reelsift.local.fault_book import FaultBook
from reelsift.local.knobs import Knobs
from reelsift.local.meter import Meter
from reelsift.local.rekognition.job_book import JobBook
from reelsift.local.scheduler import Scheduler
from reelsift.local.traffic import Traffic
from reelsift.local.trail import Trail


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
