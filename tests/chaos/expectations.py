"""What must be found at the end, noted as it is sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from chaos.cast import Manifest, Parcel, Subject
from chaos.kinds import FAILED

DIRECT = "direct"
"""Stands for the batch of lines pushed straight onto a queue, whatever its date."""


@dataclass(frozen=True, slots=True)
class ExpectedLine:
    """What must become of a line. Without a subject it could not be read, for this reason."""

    subject: Subject | None
    reason: str | None = None
    analyses: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        return self.subject.kind.status if self.subject else FAILED


@dataclass
class Expectations:
    """`lines` by batch and name; `analyses` that the lines of a video ask for, by its key; poison by its queue."""

    quota: int
    """As many jobs may the fleet have open."""
    lines: dict[tuple[str, str], ExpectedLine] = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)
    analyses: dict[str, set[str]] = field(default_factory=dict)
    poison: dict[str, set[str]] = field(default_factory=dict)
    batches: dict[str, int] = field(default_factory=dict)
    """Lines of each batch that was submitted."""

    def submitted(self, batch_id: str, file_name: str, manifest: Manifest) -> None:
        """A batch was taken on: its lines are `file:row`."""
        self.batches[batch_id] = len(manifest.rows)
        for row, subject in enumerate(manifest.rows, 1):
            self._line(batch_id, f"{file_name}:{row}", subject, manifest.analyses, "bad_line")

    def sent(self, message_id: str, parcel: Parcel) -> None:
        """A message was sent: its only line is called as the message, several `message:row`."""
        if parcel.poison:
            self.poison.setdefault(parcel.queue, set()).add(parcel.body)
        for row, subject in enumerate(parcel.lines, 1):
            name = message_id if len(parcel.lines) == 1 else f"{message_id}:{row}"
            self._line(DIRECT, name, subject, parcel.analyses, parcel.reason or "bad_line")

    def of_key(self, key: str) -> list[tuple[str, str]]:
        """The lines of a video."""
        return [name for name, line in self.lines.items() if line.subject and line.subject.key == key]

    def analysed(self) -> Iterable[Subject]:
        """The videos that must have been analysed."""
        return (subject for subject in self.subjects.values() if subject.kind.analysed)

    def _line(self, batch: str, name: str, subject: Subject | None, analyses: tuple[str, ...], bad: str | None) -> None:
        self.lines[batch, name] = ExpectedLine(subject, None if subject else bad, analyses)
        if subject is not None:
            self.subjects[subject.key] = subject
            self.analyses.setdefault(subject.key, set()).update(analyses)
