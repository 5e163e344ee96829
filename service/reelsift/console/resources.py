"""What the console works with."""

from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.console.access.gate import Gate
from reelsift.domain.reason_catalogue import ReasonCatalogue
from reelsift.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Resources:
    """What every request may use. Nothing that matters is kept in the process: several consoles run side by side.

    `clock` is one that agrees with DynamoDB's.
    """

    deployment: Deployment
    catalogue: ReasonCatalogue
    clock: Clock
    gate: Gate
