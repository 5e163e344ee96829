"""The time of day on a machine whose own clock may be wrong: people decide on laptops, beside workers whose clocks AWS
keeps.
"""

from reelsift.aws.deployment import Deployment
from reelsift.aws.table import Table
from reelsift.runtime.clock import Clock, SystemClock

AGREE_MS = 2000
"""Two clocks agree that differ by no more: what DynamoDB says has whole seconds, and some time on its way."""


class TableClock:
    """The clock of this machine where it agrees with a table's, else the table's, as its last answer told it. Before
    the first answer there is only the machine's.
    """

    def __init__(self, table: Table, own: Clock) -> None:
        self._table = table
        self._own = own

    def now_ms(self) -> int:
        own, of_table = self._own.now_ms(), self._table.now_ms()
        return own if of_table is None or abs(own - of_table) <= AGREE_MS else of_table

    def monotonic(self) -> float:
        return self._own.monotonic()


def clock_of_reviews(deployment: Deployment) -> TableClock:
    """For whoever decides, asks or takes up what waits: each reads the table of the reviews before it writes there."""
    return TableClock(deployment.reviews.table, SystemClock())
