"""What a batch may take and cost, as far as anybody can say before Rekognition has read the videos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reelsift.batches.paid_videos import PaidVideos
from reelsift.batches.submit.look_ahead import LookAhead
from reelsift.batches.submit.survey import Survey, Unsupported
from reelsift.domain.analysis import Analysis
from reelsift.domain.budget import ASSUMED_BITRATES, micros
from reelsift.domain.cost import minutes
from reelsift.reports import wording

STARTS_A_SECOND = 5
"""Starts of one operation that Rekognition takes (AWS General Reference)."""

_MBIT = 1_000_000

_NAMES = {
    Unsupported.EMPTY: "empty",
    Unsupported.TOO_LARGE: "over 10 GB",
    Unsupported.NAME: "not called like a video and tried all the same",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the deployment and the order add: US dollars a minute of each analysis, slots, whether to analyse `again`
    what was analysed before, and the most that may be spent, in millionths of a dollar.
    """

    prices: Mapping[Analysis, Decimal]
    quota: int
    again: bool = False
    max_cost_micros: int | None = None

    @property
    def price(self) -> Decimal:
        """US dollars a minute of video."""
        return sum(self.prices.values(), Decimal(0))


class Estimate:
    """All figures about a batch that is to be submitted, from what its sources list, what AWS knows of that, and what
    earlier batches have measured.
    """

    def __init__(self, survey: Survey, ahead: LookAhead, paid: PaidVideos, terms: Terms) -> None:
        self._survey = survey
        self._ahead = ahead
        self._paid = paid
        self._terms = terms

    @property
    def lines(self) -> int:
        return self._scaled(self._survey.lines)

    @property
    def size(self) -> int | None:
        """Bytes of all videos; None where no size is known."""
        survey, unsized = self._survey, self._survey.videos - self._survey.sized
        mean = self._ahead.unsized_size
        if not survey.sized and (mean is None or not unsized):
            return None
        return self._scaled(survey.size + unsized * (mean or 0))

    @property
    def duplicates(self) -> int:
        return self._scaled(self._survey.repetitions.count())

    @property
    def already_analysed(self) -> int:
        return self._scaled(self._ahead.done)

    @property
    def duration_ms(self) -> tuple[float, float] | None:
        """Video time to analyse, at least and at most; None where no size is known."""
        if self.size is None:
            return None
        size = self.size * self._once
        if not self._terms.again:
            size *= 1 - self._ahead.done_share
        measured = self._paid.bitrate
        slow, fast = ASSUMED_BITRATES if measured is None else (measured, measured)
        return size * 8 * 1000 / fast, size * 8 * 1000 / slow

    @property
    def dollars(self) -> tuple[Decimal, Decimal] | None:
        if self.duration_ms is None:
            return None
        least, most = (minutes(round(duration)) * self._terms.price for duration in self.duration_ms)
        return least, most

    @property
    def seconds(self) -> tuple[float, float] | None:
        """How long it takes with all slots of the quota; None where too little was measured, or no size is known."""
        share = self._paid.slot_ms(1)
        if self.duration_ms is None or share is None:
            return None
        videos = self._survey.videos * self._survey.scale * self._once
        videos -= 0 if self._terms.again else self._ahead.done * self._survey.scale
        fastest = max(0.0, videos) / STARTS_A_SECOND
        held = share * len(self._terms.prices) / self._terms.quota / 1000
        least, most = (max(fastest, duration * held) for duration in self.duration_ms)
        return least, most

    def members(self) -> dict[str, Any]:
        """The figures for programs: times in seconds, money in US dollars, sizes in bytes."""
        survey = self._survey
        return {
            "lines": self.lines,
            "bytes": self.size,
            "passed_over": {lack: self._scaled(number) for lack, number in sorted(survey.passed_over.items())},
            "bad": self._scaled(survey.bad),
            "filtered": self._scaled(survey.filtered),
            "not_allowed": self._scaled(survey.foreign_buckets.total()),
            "unsupported": {kind: self._scaled(survey.unsupported[kind]) for kind in Unsupported},
            "unusable": {reason: self._scaled(number) for reason, number in sorted(self._ahead.unusable.items())},
            "duplicates": self.duplicates,
            "already_analysed": self.already_analysed,
            "minutes": None if self.duration_ms is None else [round(it / 60_000, 3) for it in self.duration_ms],
            "minutes_from": None if self.duration_ms is None else self._basis,
            "money_usd": None if self.dollars is None else [round(float(it), 4) for it in self.dollars],
            "max_cost_covers": None if self.covered is None else round(self.covered, 4),
            "seconds": None if self.seconds is None else [round(it) for it in self.seconds],
            "remarks": self.remarks(),
        }

    def in_words(self) -> Sequence[tuple[str, str]]:
        """Rows of the summary, a title and what there is to say; an empty title goes on with the row before."""
        survey = self._survey
        rows = [("lines", f"{self._about}{self.lines:,}")]
        if survey.passed_over:
            lacks = ", ".join(f"{lack} {self._scaled(number):,}" for lack, number in sorted(survey.passed_over.items()))
            rows.append(
                ("passed over", f"{self._about}{self._scaled(survey.passed_over.total()):,} ({lacks}): no lines")
            )
        if survey.filtered:
            rows.append(("filtered", f"{self._scaled(survey.filtered):,}, which will end as SKIPPED"))
        if survey.bad:
            rows.append(("bad lines", f"{self._about}{self._scaled(survey.bad):,}, which will end as FAILED"))
            rows += [("", complaint) for complaint in survey.complaints]
            if survey.bad > len(survey.complaints):
                rows.append(("", f"and {self._scaled(survey.bad) - len(survey.complaints):,} more"))
        if survey.foreign_buckets:
            names = ", ".join(f"{bucket} ({number:,})" for bucket, number in survey.foreign_buckets.most_common(3))
            rows.append(("not allowed", f"{names}: not among the data buckets, so these lines will end as FAILED"))
        if survey.unsupported:
            kinds = [(_NAMES[kind], survey.unsupported[kind]) for kind in Unsupported if survey.unsupported[kind]]
            rows.append(("unsupported", ", ".join(f"{self._scaled(number):,} {kind}" for kind, number in kinds)))
        if self._ahead.unusable:
            reasons = ", ".join(f"{reason} {self._scaled(number):,}" for reason, number in self._ahead.unusable.items())
            rows.append(("unusable", f"{reasons}: these lines will end as FAILED"))
        if self.duplicates:
            rows.append(("duplicates", f"{self._about}{self.duplicates:,}, which cost nothing more"))
        if self.already_analysed:
            what = "which are paid again" if self._terms.again else "which cost nothing"
            rows.append(("analysed before", f"{self._about}{self.already_analysed:,}, {what}"))
        return [*rows, *self._amounts(), *(("", remark) for remark in self.remarks())]

    def remarks(self) -> list[str]:
        """On what part of the lines the figures rest."""
        survey, ahead = self._survey, self._ahead
        remarks = []
        if survey.scale > 1:
            remarks.append(f"read was 1 part in {survey.scale:.3g} of the inventory's data files, evenly spread")
        if not survey.refs.whole:
            looked_at = len(survey.refs.items)
            remarks.append(f"analysed before: as far as {wording.count(looked_at, 'line')}, evenly spread, tell")
        if not survey.repetitions.exact:
            remarks.append("duplicates: as far as a part of the lines tells")
        untold = survey.videos - survey.sized
        if ahead.heads:
            if ahead.heads < untold:
                remarks.append(f"the lists do not tell all: {ahead.heads:,} objects, evenly spread, were asked for")
            if ahead.unknown:
                remarks.append(
                    f"{wording.count(ahead.unknown, 'object')} may not be read from here: nothing is known of them"
                )
        return remarks

    @property
    def covered(self) -> float | None:
        """The part of the estimate that the most that may be spent covers: 0 to 1."""
        if self.dollars is None or self._terms.max_cost_micros is None:
            return None
        most = self.dollars[1]
        return 1.0 if not most else min(1.0, float(Decimal(self._terms.max_cost_micros) / 1_000_000 / most))

    @property
    def _basis(self) -> str:
        return "assumed" if self._paid.bitrate is None else "measured"

    @property
    def _about(self) -> str:
        return "about " if self._survey.scale > 1 else ""

    @property
    def _once(self) -> float:
        """The part of the videos that no earlier line names."""
        videos = self._survey.videos
        return max(0.0, 1 - self._survey.repetitions.count() / videos) if videos else 0

    def _scaled(self, number: float) -> int:
        return round(number * self._survey.scale)

    def _amounts(self) -> list[tuple[str, str]]:
        rate = f"{wording.money(micros(self._terms.price))} a minute of video ({', '.join(self._terms.prices)})"
        if self.size is None or self.duration_ms is None or self.dollars is None:
            return [
                ("size", "not known: the lists do not tell it"),
                ("minutes", "not known before Rekognition has read the videos"),
                ("money", rate),
                ("time", "not known"),
            ]
        survey = self._survey
        known = survey.sized == survey.videos or self._ahead.unsized_size is not None
        part = "" if known else f" in the {wording.count(survey.sized, 'line')} whose size is known"
        rows = [
            ("size", f"{self._about}{wording.size(self.size)}{part}"),
            ("minutes", f"{_span(*map(wording.minutes, self.duration_ms))} {self._minutes_basis()}"),
            ("money", f"{_span(*(wording.money(micros(dollars)) for dollars in self.dollars))} at that, {rate}"),
        ]
        if self._terms.max_cost_micros is not None and self.covered is not None:
            most = wording.money(self._terms.max_cost_micros)
            what = "all of that" if self.covered == 1 else f"{self.covered:.0%} of the most that may be"
            rows.append(("max cost", f"{most}: {what}"))
        return [*rows, ("time", self._time())]

    def _minutes_basis(self) -> str:
        if self._paid.bitrate is None:
            slow, fast = (bitrate // _MBIT for bitrate in ASSUMED_BITRATES)
            return f"if videos have {slow} to {fast} Mbit/s (an assumption)"
        seen = wording.minutes(self._paid.counts.billed_ms)
        return f"at {self._paid.bitrate / _MBIT:.3g} Mbit/s, as {seen} minutes analysed here have had"

    def _time(self) -> str:
        slots = wording.count(self._terms.quota, "slot")
        if self.seconds is None:
            return f"not known before something has been analysed here ({slots})"
        spans = _span(*(wording.span(seconds * 1000) for seconds in self.seconds))
        return f"{spans} with {slots}, if nothing else uses them"


def _span(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"
