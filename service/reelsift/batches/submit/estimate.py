"""What a batch may take and cost, as far as anybody can say before Rekognition has read the videos."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from reelsift.batches.paid_videos import PaidVideos
from reelsift.batches.submit.look_ahead import LookAhead
from reelsift.batches.submit.survey import Survey, Unsupported
from reelsift.domain.analysis import Analysis
from reelsift.domain.budget import ASSUMED_BITRATES
from reelsift.domain.cost import billed_ms, minutes
from reelsift.reports import wording

STARTS_A_SECOND = 5
"""Starts of one operation that Rekognition takes (AWS General Reference)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What deployment and order add to an estimate: the `prices` (US dollars a minute of video) of each analysis, the
    `quota` of slots, the video time that each analysis is billed as at least (`least_billed_ms`), whether to analyse
    `again` what was analysed before, the most that may be spent (`max_cost_micros`, millionths of a dollar), and the
    analyses that the policy `needs`, None where it cannot be read here.
    """

    prices: Mapping[Analysis, Decimal]
    quota: int
    least_billed_ms: int = 0
    again: bool = False
    max_cost_micros: int | None = None
    needs: frozenset[Analysis] | None = None

    @property
    def not_asked_for(self) -> list[Analysis]:
        """The analyses that the policy needs beyond those that are asked for."""
        return [analysis for analysis in Analysis if analysis in (self.needs or ()) and analysis not in self.prices]

    @property
    def price(self) -> Decimal:
        """US dollars a minute of video."""
        return sum(self.prices.values(), Decimal(0))


class Estimate:
    """All figures about a batch that is to be submitted, from what its sources list, what AWS knows of that, and what
    earlier batches have measured.
    """

    def __init__(self, survey: Survey, ahead: LookAhead, paid: PaidVideos, terms: Terms) -> None:
        self.survey = survey
        self.ahead = ahead
        self.paid = paid
        self.terms = terms

    @property
    def lines(self) -> int:
        return self.scaled(self.survey.lines)

    @property
    def size(self) -> int | None:
        """Bytes of all videos; None where no size is known."""
        survey, unsized = self.survey, self.survey.videos - self.survey.sized
        mean = self.ahead.unsized_size
        if not survey.sized and (mean is None or not unsized):
            return None
        return self.scaled(survey.size + unsized * (mean or 0))

    @property
    def duplicates(self) -> int:
        return self.scaled(self.survey.repetitions.count())

    @property
    def already_analysed(self) -> int:
        return self.scaled(self.ahead.done)

    @property
    def duration_ms(self) -> tuple[float, float] | None:
        """Video time to pay for in each analysis, at least and at most; None where no size is known."""
        if self.size is None:
            return None
        size = self.size * self._once
        if not self.terms.again:
            size *= 1 - self.ahead.done_share
        measured = self.paid.bitrate
        slow, fast = ASSUMED_BITRATES if measured is None else (measured, measured)
        return self._billed_ms(size, fast), self._billed_ms(size, slow)

    def _billed_ms(self, size: float, bitrate: float) -> float:
        """What so many bytes are billed as: their length, and what short ones among the videos are billed beyond it."""
        lengths = [known * 8 * 1000 / bitrate for known in self._sizes]
        billed = sum(billed_ms(round(length), self.terms.least_billed_ms) for length in lengths)
        return size * 8 * 1000 / bitrate * (billed / sum(lengths) if self.terms.least_billed_ms else 1)

    @property
    def _sizes(self) -> list[float]:
        """The sizes of the videos, as far as their lists tell; the mean of those that S3 was asked for where they tell
        none.
        """
        return [row.ref.size for row in self.survey.rows.items if row.ref.size] or [self.ahead.unsized_size or 1]

    @property
    def dollars(self) -> tuple[Decimal, Decimal] | None:
        if self.duration_ms is None:
            return None
        least, most = (minutes(round(duration)) * self.terms.price for duration in self.duration_ms)
        return least, most

    @property
    def seconds(self) -> tuple[float, float] | None:
        """How long it takes with all slots of the quota; None where too little was measured, or no size is known."""
        share = self.paid.slot_ms(1)
        if self.duration_ms is None or share is None:
            return None
        videos = self.survey.videos * self.survey.scale * self._once
        videos -= 0 if self.terms.again else self.ahead.done * self.survey.scale
        fastest = max(0.0, videos) / STARTS_A_SECOND
        held = share * len(self.terms.prices) / self.terms.quota / 1000
        least, most = (max(fastest, duration * held) for duration in self.duration_ms)
        return least, most

    def members(self) -> dict[str, Any]:
        """The figures for programs: times in seconds, money in US dollars, sizes in bytes."""
        survey = self.survey
        return {
            "lines": self.lines,
            "bytes": self.size,
            "passed_over": {lack: self.scaled(number) for lack, number in sorted(survey.passed_over.items())},
            "bad": self.scaled(survey.bad),
            "filtered": self.scaled(survey.filtered),
            "not_allowed": self.scaled(survey.foreign_buckets.total()),
            "unsupported": {kind: self.scaled(survey.unsupported[kind]) for kind in Unsupported},
            "unusable": {reason: self.scaled(number) for reason, number in sorted(self.ahead.unusable.items())},
            "missing": [{"line": row.line, "object": row.ref.uri} for row in self.ahead.missing],
            "duplicates": self.duplicates,
            "already_analysed": self.already_analysed,
            "minutes": None if self.duration_ms is None else [round(it / 60_000, 3) for it in self.duration_ms],
            "minutes_from": None if self.duration_ms is None else self.basis,
            "prices_usd": {str(analysis): float(price) for analysis, price in self.terms.prices.items()},
            "money_usd": None if self.dollars is None else [round(float(it), 4) for it in self.dollars],
            "max_cost_covers": None if self.covered is None else round(self.covered, 4),
            "seconds": None if self.seconds is None else [round(it) for it in self.seconds],
            "not_asked_for": [str(analysis) for analysis in self.terms.not_asked_for],
            "remarks": self.remarks(),
        }

    def remarks(self) -> list[str]:
        """Which part of the lines the figures follow from, in sentences."""
        survey, ahead = self.survey, self.ahead
        remarks = []
        if survey.scale > 1:
            remarks.append(f"read was 1 part in {survey.scale:.3g} of the inventory's data files, evenly spread")
        if not survey.rows.whole:
            checked = len(survey.rows.items)
            remarks.append(f"analysed before: as far as {wording.count(checked, 'line')}, evenly spread, tell")
        if not survey.repetitions.exact:
            remarks.append("duplicates: as far as a part of the lines tells")
        vague = survey.videos - survey.sized
        if ahead.heads:
            if ahead.heads < vague:
                remarks.append(f"the lists do not tell all: {ahead.heads:,} objects, evenly spread, were asked for")
            if ahead.unknown:
                remarks.append(
                    f"{wording.count(ahead.unknown, 'object')} may not be read from here: nothing is known of them"
                )
        return remarks

    @property
    def covered(self) -> float | None:
        """The part of the estimate that the most that may be spent covers: 0 to 1."""
        if self.dollars is None or self.terms.max_cost_micros is None:
            return None
        most = self.dollars[1]
        return 1.0 if not most else min(1.0, float(Decimal(self.terms.max_cost_micros) / 1_000_000 / most))

    @property
    def basis(self) -> Literal["assumed", "measured"]:
        """What the video time follows from: bitrates assumed, or those of videos analysed before."""
        return "assumed" if self.paid.bitrate is None else "measured"

    @property
    def _once(self) -> float:
        """The part of the videos that no earlier line names."""
        videos = self.survey.videos
        return max(0.0, 1 - self.survey.repetitions.count() / videos) if videos else 0

    def scaled(self, number: float) -> int:
        """What was counted in the part that was read, over everything."""
        return round(number * self.survey.scale)
