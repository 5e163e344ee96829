"""A batch as its report might find it, for tests of the page: all of it made up, the same every time."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from reelsift.domain import taxonomy
from reelsift.domain.batch import Batch, BatchState, Counts
from reelsift.domain.filters import Filters
from reelsift.domain.result import place_in_order
from reelsift.reports.contents import FlaggedVideo, LabelShare, ReportContents

CREATED_MS = 1_793_500_000_000


def segment(label: str, start_ms: int, end_ms: int, confidence: float = 95.0, **others: Any) -> dict[str, Any]:
    """A segment of a moderation label, as results have it. Its parents are those the taxonomy knows."""
    return {
        "analysis": "content_moderation",
        "label": label,
        "parents": list(taxonomy.path(label, None)[:-1]),
        "start_ms": start_ms,
        "end_ms": end_ms,
        "samples": max(1, (end_ms - start_ms) // 500),
        "max_confidence": confidence,
        "mean_confidence": confidence - 3,
        "peak_ms": start_ms,
    } | others


def flagged(uri: str, segments: Sequence[dict[str, Any]], duration_ms: int | None, **others: Any) -> FlaggedVideo:
    """A rejected video whose alerts are its labels of 95 % and more."""
    peak = max(segments, key=lambda found: found["max_confidence"], default=None)
    made = FlaggedVideo(
        uri=uri,
        video_id="0" * 40,
        line="videos.csv:1",
        verdict="reject",
        peak_analysis=peak["analysis"] if peak else None,
        peak_label=peak["label"] if peak else None,
        peak_confidence=peak["max_confidence"] if peak else None,
        duration_ms=duration_ms,
        segments=segments,
        alerts=frozenset((found["analysis"], found["label"]) for found in segments if found["max_confidence"] >= 95),
    )
    return replace(made, **others)


def contents(**others: Any) -> ReportContents:
    """A batch that came to its end, with nothing in it; `others` replace what is said of it."""
    batch = others.pop("batch", {})
    made = ReportContents(
        deployment="reelsift",
        batch=Batch(
            **{
                "batch_id": "b-20261101-7f3a9c",
                "name": "uploads-october",
                "source": "s3://uploads-work/inventory/uploads/daily/2026-10-31T01-00Z/manifest.json",
                "created_ms": CREATED_MS,
                "total": 0,
                "chunks": 0,
                "state": BatchState.COMPLETING,
            }
            | batch
        ),
        counts=Counts(),
        written_ms=CREATED_MS + 20_460_000,
        location="s3://uploads-work/reports/b-20261101-7f3a9c/",
        endings={},
        verdicts={},
        labels=(),
        flagged_total=0,
        flagged=(),
    )
    return replace(made, **others)


def realistic() -> ReportContents:
    """Twelve thousand lines of which nearly all went well, and eight videos of all sorts that did not."""
    paths = {path[-1]: path[0] for path in taxonomy.paths(taxonomy.V7)}
    dice = random.Random(7)
    labels = [
        LabelShare(
            "content_moderation",
            label,
            category,
            max(1, round(900 / (1 + place) ** 1.1)),
            round(dice.uniform(70, 99.99), 2),
        )
        for place, (label, category) in enumerate(paths.items())
    ]
    return contents(
        batch={"total": 12_480, "max_cost_micros": 2_500_000_000, "share": True, "filters": Filters(sample=5.0)}
        | {"passed_over": (("suffix", 8_112), ("size", 34))},
        counts=Counts(11_213, 167, 1_100, billed=10_930, billed_ms=1_244_520_000, cost_micros=2_074_200_000),
        endings={
            ("SUCCEEDED", ""): 10_930,
            ("SUCCEEDED", "shared"): 283,
            ("FAILED", "unsupported_codec"): 120,
            ("FAILED", "object_missing"): 46,
            ("FAILED", "result_expired"): 1,
            ("SKIPPED", "already_analysed"): 1_100,
        },
        verdicts={"approve": 10_790, "review": 348, "reject": 75},
        statuses={"approved": 10_790, "in_review": 423, "failed": 12},
        labels=labels,
        flagged_total=423,
        flagged=list(_videos(dice)),
    )


def six_analyses() -> list[dict[str, Any]]:
    """What all analyses found in ten minutes: 44 labels, and shots and cues."""
    dice = random.Random(11)

    def found(analysis: str, label: str, most: int, lowest: float, **others: Any) -> list[dict[str, Any]]:
        starts = sorted(dice.sample(range(0, 590_000, 500), dice.randint(1, most)))
        return [
            segment(label, at_ms, at_ms + dice.randint(1, 20) * 500, round(dice.uniform(lowest, 99.8), 1))
            | {"analysis": analysis, "parents": []}
            | others
            for at_ms in starts
        ]

    moderation = [
        segment("Weapons", 121_000, 133_000, 97.4),
        segment("Violence", 121_000, 133_000, 97.4),
        segment("Smoking", 300_000, 309_000, 71.0),
        segment("Alcoholic Beverages", 410_000, 428_000, 66.0),
        segment("Alcohol", 410_000, 428_000, 66.0),
        segment("Middle Finger", 505_000, 506_500, 58.0),
    ]
    labels = [
        each
        for place in range(22)
        for each in found(
            "labels", f"Thing {place}", 14, 55, parents=["Everyday Things"], details={"most_instances": 3}
        )
    ]
    texts = [
        each
        for text, details in (
            ("SALE 50%", {"spellings": {"SALE 50%": 12, "SALE 5O%": 3}}),
            ("\u202eevil\u2066", {"spellings": {"\u202eevil\u2066": 2}}),
            ("<script>alert(1)</script>", {}),
            ("\x1b[2J\x07 \N{GRINNING FACE}\N{FAMILY} \u05e9\u05dc\u05d5\u05dd \u4f60\u597d", {}),
            ("W" * 3000, {}),
            *((f"Directed by somebody else {place}", {}) for place in range(7)),
        )
        for each in found("text", text, 5, 80, details=details)
    ]
    celebrities = [
        *found("celebrities", "A. Namesake", 4, 85, details={"id": "3Xy7bQ", "urls": []}),
        *found("celebrities", "A. Namesake", 4, 85, details={"id": "9Kw2mT", "urls": ["www.imdb.com/name/nm1"]}),
        *found("celebrities", "\N{LATIN CAPITAL LETTER A WITH DIAERESIS}nne <b>Bold</b>", 2, 85, details={"id": "1Ab"}),
    ]
    faces = [
        segment("Face", at_ms, at_ms + 30_000, 99.9, analysis="faces", parents=[], details={"most_at_once": most})
        for at_ms, most in ((0, 1), (40_000, 2), (90_000, 9), (200_000, 3), (400_000, 1), (520_000, 4))
    ]
    cuts = [0, *sorted(dice.sample(range(4_000, 580_000, 40), 140)), 590_000]
    shots = [segment("Shot", start, end, 99.5, analysis="segments", parents=[]) for start, end in pairwise(cuts)]
    cues = [
        segment(label, start, end, 99.0, analysis="segments", parents=[])
        for label, start, end in (
            ("ColorBars", 0, 3_000),
            ("OpeningCredits", 4_000, 31_000),
            ("BlackFrames", 3_000, 4_000),
            ("BlackFrames", 295_000, 297_200),
            ("BlackFrames", 596_000, 600_000),
            ("EndCredits", 560_000, 596_000),
        )
    ]
    everything = [*moderation, *labels, *texts, *celebrities, *faces, *shots, *cues]
    return sorted(everything, key=place_in_order)


def _videos(dice: random.Random) -> list[FlaggedVideo]:
    gravest = [
        segment("Violence", 61_000, 75_500, 98.7, peak_ms=63_500),
        segment("Graphic Violence", 61_000, 75_500, 98.7, peak_ms=63_500),
        segment("Weapon Violence", 61_000, 75_500, 98.7, peak_ms=63_500),
        segment("Weapons", 12_000, 31_000, 88.1),
        segment("Weapons", 58_000, 76_000, 97.2),
        segment("Blood & Gore", 66_000, 66_500, 71.3),
        segment("Alcohol", 3_000, 9_000, 64.0),
        segment("Alcoholic Beverages", 3_000, 9_000, 64.0),
        segment("Alcoholic Beverages", 100_000, 118_000, 57.0),
        segment("Hate Symbols", 40_000, 44_000, 83.0),
        segment("Smoking", 20_000, 90_000, 79.0),
        segment("Middle Finger", 84_000, 86_500, 92.0),
        segment("Gambling", 110_000, 121_000, 76.0),
        segment("Corpses", 66_500, 72_000, 68.0),
        segment("Female Swimwear or Underwear", 92_000, 104_000, 81.0),
        segment("Partially Exposed Female Breast", 95_000, 99_000, 74.0),
        segment("Exposed Female Nipple", 97_000, 98_500, 61.0),
        segment("Person", 0, 123_000, 99.2, analysis="labels", parents=[]),
        segment("Kissing on the Lips", 33_000, 36_000, 56.0),
        segment("Pills", 36_000, 37_000, 52.0),
    ]
    busy = [
        segment(label, at_ms, at_ms + dice.randint(1, 6) * 500, round(dice.uniform(52, 99), 1))
        for label in ("Explicit", "Explicit Nudity", "Exposed Buttocks or Anus", "Bare Back", "Implied Nudity")
        for at_ms in range(dice.randint(0, 9) * 1000, 1_490_000, dice.randint(8, 20) * 1000)
    ]
    return [
        flagged("s3://uploads/2026/10/27/creator-88123/festival aftermath (uncut) 4k.mp4", gravest, 123_480),
        flagged("s3://uploads/2026/10/29/creator-1002/beach.mov", busy, 1_500_000, line="videos.csv:8,812"),
        flagged(
            "s3://uploads/stream/2026-10-30T00:00:00Z.mp4", [segment("Nazi Party", 7_300_000, 7_300_500)], 21_600_000
        ),
        flagged("s3://uploads/clips/7f0c.mp4", [segment("Smoking", 200, 1_700, 84.0)], 4_400, verdict="review"),
        flagged("s3://uploads/clips/old.mp4", [segment("Drinking", 5_000, 9_000, 81.0)], None, verdict="review"),
        flagged("s3://uploads/clips/no-result.mp4", [], 60_000, verdict="review"),
        flagged(
            "s3://uploads/shows/evening.mp4",
            six_analyses(),
            600_000,
            verdict="review",
            alerts=frozenset({("content_moderation", "Weapons"), ("text", "W" * 3000)}),
        ),
        flagged(
            "s3://uploads/<script>alert(1)</script>\"'&\n\u202etxt.4pm\udc80/" + "ü" * 480 + ".mp4",
            [segment("Weapons", 1_000, 4_000, 90.0)],
            30_000,
            verdict="review",
        ),
    ]
