import json
from dataclasses import replace

from reelsift.domain.failure import Reason
from reelsift.reports.contents import LabelShare, summary_document
from support.long_lists import whole
from unit.reports.test_completion_mail import BATCH, CONTENTS


def test_the_summary_is_the_report_in_numbers() -> None:
    batch = replace(BATCH, stopped=Reason.MAX_COST, max_cost_micros=2_000_000, passed_over=(("suffix", 7),))
    contents = replace(CONTENTS, batch=batch, labels=[LabelShare("content_moderation", "Weapons", "Violence", 3, 98.5)])
    files = [{"key": "reports/b1/failed.csv", "bytes": 10, "md5": "0" * 32, "rows": 1}]
    document = json.loads(whole(summary_document(contents), files))
    flagged = document.pop("flagged")
    assert [video["uri"] for video in flagged] == ["s3://videos/a\nb.mp4"]
    assert document == {
        "batch": "b1",
        "name": "July",
        "source": "list.csv",
        "deployment": "prod",
        "state": "Complete",
        "stopped": "max_cost",
        "created_ms": batch.created_ms,
        "written_ms": CONTENTS.written_ms,
        "lines": 12_345,
        "succeeded": 12_000,
        "partly_failed": 0,
        "failed": 340,
        "skipped": 5,
        "endings": [
            {"status": "FAILED", "reason": "unsupported_codec", "lines": 340},
            {"status": "SKIPPED", "reason": "already_analysed", "lines": 5},
            {"status": "SUCCEEDED", "reason": None, "lines": 12_000},
        ],
        "passed_over": {"suffix": 7},
        "verdicts": {"approve": 11_999, "reject": 1},
        "statuses": {},
        "labels": [
            {
                "analysis": "content_moderation",
                "label": "Weapons",
                "category": "Violence",
                "videos": 3,
                "max_confidence": 98.5,
            }
        ],
        "billed_lines": 0,
        "billed_minutes": 1.5,
        "money_usd": 0.15,
        "money_left_out": "without failed analyses (up to 340 lines): whether AWS bills these is not known",
        "max_cost_usd": 2.0,
        "flagged_total": 1,
        "files": files,
    }
