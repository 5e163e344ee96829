"""Failures of this program itself that are swallowed, so that they do not become everybody's."""

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.metrics import Metrics

_log = structlog.get_logger(__name__)


class Faults:
    """The one way to swallow an exception: none is logged without being counted, so that an alarm tells somebody."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def swallow(self, event: str, error: BaseException, **facts: object) -> None:
        """Log and count a failure of this program."""
        _log.error(event, exc_info=error, **facts)
        self._metrics.count("ProgramFailures")

    def pass_over(self, event: str, error: BaseException, **facts: object) -> None:
        """Log what another try is to mend. Counted unless AWS or the deployment is to blame."""
        if is_outage(error):
            _log.warning(event, error=f"{type(error).__name__}: {error}", **facts)
        else:
            self.swallow(event, error, **facts)
