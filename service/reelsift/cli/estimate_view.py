"""An estimate as a person reads it before submitting."""

from collections.abc import Sequence

from reelsift.batches.submit.estimate import Estimate
from reelsift.batches.submit.survey import Unsupported
from reelsift.domain.budget import ASSUMED_BITRATES, micros
from reelsift.domain.context import MOST_BYTES
from reelsift.reports import wording

_MBIT = 1_000_000

_UNSUPPORTED = {
    Unsupported.EMPTY: "empty",
    Unsupported.TOO_LARGE: "over 10 GB",
    Unsupported.ARCHIVED: "archived",
    Unsupported.CUSTOMER_KEY: "encrypted with a customer's key (SSE-C)",
    Unsupported.NAME: "not called like a video and tried all the same",
}


_HOW_KEYS_ARE_READ = (
    "keys in tables and URLs are URL-encoded: + is a space, %2B a plus, %25 a percent sign, %2C a comma; keys in s3://…"
    " and in JSON are taken as they stand"
)
_WITH_COLUMNS = (
    "every key goes on behind its suffix, as if other columns followed: s3://… is a key to the end of its line, so name"
    " the columns in the first row (uri,title), or put each URI in quotes"
)

_WITH_NUMBERS = (
    "every version is a number or a time: without a header the third column is the version, so name the columns in the"
    " first row (bucket,key,size)"
)

_WHAT_IS_KEPT = f"texts, numbers, true and false, up to {MOST_BYTES:,} bytes of JSON"


def estimate_rows(estimate: Estimate) -> Sequence[tuple[str, str]]:
    """The rows of the summary: a title and what there is to say. A row without a title goes on with the one before."""
    remarks = [("", remark) for remark in estimate.remarks()]
    return [*_lines(estimate), *_amounts(estimate), *remarks, *_verdicts(estimate)]


def _lines(estimate: Estimate) -> list[tuple[str, str]]:
    survey, scaled, about = estimate.survey, estimate.scaled, _about(estimate)
    rows = [("lines", f"{about}{estimate.lines:,}")]
    if survey.passed_over:
        lacks = ", ".join(f"{lack} {scaled(number):,}" for lack, number in sorted(survey.passed_over.items()))
        rows.append(("passed over", f"{about}{scaled(survey.passed_over.total()):,} ({lacks}): no lines"))
    if survey.filtered:
        rows.append(("filtered", f"{scaled(survey.filtered):,}, which will end as SKIPPED"))
    if survey.bad:
        rows.append(("bad lines", f"{about}{scaled(survey.bad):,}, which will end as FAILED"))
        rows += [("", complaint) for complaint in survey.complaints]
        if survey.bad > len(survey.complaints):
            rows.append(("", f"and {scaled(survey.bad) - len(survey.complaints):,} more"))
    if survey.foreign_buckets:
        names = ", ".join(f"{bucket} ({number:,})" for bucket, number in survey.foreign_buckets.most_common(3))
        rows.append(("not allowed", f"{names}: not among the data buckets, so these lines will end as FAILED"))
    if survey.unsupported:
        kinds = [(_UNSUPPORTED[kind], survey.unsupported[kind]) for kind in Unsupported if survey.unsupported[kind]]
        rows.append(("unsupported", ", ".join(f"{scaled(number):,} {kind}" for kind, number in kinds)))
    if survey.context_cut:
        rows.append(("context", f"of {about}{scaled(survey.context_cut):,} not all is kept: {_WHAT_IS_KEPT}"))
    rows += _unusable(estimate)
    if estimate.duplicates:
        rows.append(("duplicates", f"{about}{estimate.duplicates:,}, which cost nothing more"))
    if estimate.already_analysed:
        what = "which are paid again" if estimate.terms.again else "which cost nothing"
        rows.append(("analysed before", f"{about}{estimate.already_analysed:,}, {what}"))
    return rows


def _verdicts(estimate: Estimate) -> list[tuple[str, str]]:
    """What the policy needs beyond what is asked for, and the option that asks for it."""
    lacking, asked = estimate.terms.not_asked_for, estimate.terms.prices
    if not lacking:
        return []
    option = f"--analyses {','.join([*asked, *lacking])}"
    words = f"the policy needs {' and '.join(lacking)}, too: no video is approved that has no answer of it ({option})"
    return [("verdicts", words)]


def _unusable(estimate: Estimate) -> list[tuple[str, str]]:
    survey, ahead = estimate.survey, estimate.ahead
    rows = []
    if ahead.unusable:
        reasons = ", ".join(f"{reason} {estimate.scaled(number):,}" for reason, number in ahead.unusable.items())
        rows.append(("unusable", f"{reasons}: these lines will end as FAILED"))
    if ahead.missing:
        rows += [("", f"{row.line}: there is no {row.ref.uri}") for row in ahead.missing]
        rows.append(("", _HOW_KEYS_ARE_READ))
    if survey.with_columns and survey.with_columns == survey.videos:
        rows.append(("columns?", _WITH_COLUMNS))
    if survey.with_numbers and survey.with_numbers == survey.videos:
        rows.append(("columns?", _WITH_NUMBERS))
    return rows


def _amounts(estimate: Estimate) -> list[tuple[str, str]]:
    about = _about(estimate)
    rate = f"{wording.money(micros(estimate.terms.price))} a minute of video ({_prices(estimate)})"
    if estimate.size is None or estimate.duration_ms is None or estimate.dollars is None:
        return [
            ("size", "not known: the lists do not tell it"),
            ("minutes", "not known before Rekognition has read the videos"),
            ("money", rate),
            ("time", "not known"),
        ]
    survey = estimate.survey
    known = survey.sized == survey.videos or estimate.ahead.unsized_size is not None
    part = "" if known else f" in the {wording.count(survey.sized, 'line')} whose size is known"
    rows = [
        ("size", f"{about}{wording.size(estimate.size)}{part}"),
        ("minutes", f"{_span(*map(wording.minutes, estimate.duration_ms))} {_minutes_basis(estimate)}"),
        ("money", f"{_span(*(wording.money(micros(dollars)) for dollars in estimate.dollars))} at that, {rate}"),
    ]
    if estimate.terms.max_cost_micros is not None and estimate.covered is not None:
        most = wording.money(estimate.terms.max_cost_micros)
        what = "all of that" if estimate.covered == 1 else f"{estimate.covered:.0%} of the most that may be"
        rows.append(("max cost", f"{most}: {what}"))
    return [*rows, ("time", _time(estimate))]


def _prices(estimate: Estimate) -> str:
    """Which analyses these are, with the price of each where there are several."""
    prices = estimate.terms.prices
    if len(prices) == 1:
        return ", ".join(prices)
    return ", ".join(f"{analysis} {wording.money(micros(price))}" for analysis, price in prices.items())


def _minutes_basis(estimate: Estimate) -> str:
    if estimate.paid.bitrate is None:
        slow, fast = (bitrate // _MBIT for bitrate in ASSUMED_BITRATES)
        return f"if videos have {slow} to {fast} Mbit/s (an assumption)"
    seen = wording.minutes(estimate.paid.counts.billed_ms)
    return f"at {estimate.paid.bitrate / _MBIT:.3g} Mbit/s, as {seen} minutes analysed here have had"


def _time(estimate: Estimate) -> str:
    slots = wording.count(estimate.terms.quota, "slot")
    if estimate.seconds is None:
        return f"not known before something has been analysed here ({slots})"
    spans = _span(*(wording.span(seconds * 1000) for seconds in estimate.seconds))
    return f"{spans} with {slots}, if nothing else uses them"


def _about(estimate: Estimate) -> str:
    return "about " if estimate.survey.scale > 1 else ""


def _span(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"
