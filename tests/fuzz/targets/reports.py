"""Completion reports: what is written of any line is read back as a manifest that names the same object."""

import json

from fuzz.target import Target, hold, text_of
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line, LineId
from reelsift.domain.outcome import failed
from reelsift.manifests.line_message import read_line
from reelsift.manifests.line_names import Arrival
from reelsift.manifests.lists import read_list
from reelsift.manifests.manifest_row import GoodRow
from reelsift.reports.completion_report import csv_row, csv_text, manifest_row, members

_ARRIVAL = Arrival("m", 1_785_456_000_000)
_ID = LineId("b", "f.csv:1", 0)


def check(data: bytes) -> None:
    """The first line is the key, the second the version, the rest the message of what became of the line."""
    key, _, rest = text_of(data).partition("\n")
    version, _, message = rest.partition("\n")
    line = read_line({"bucket": "abc", "key": key, "version_id": version}, _ARRIVAL, "m")
    if not isinstance(line, Line):
        return
    outcome = failed(_ID, line.ref, Reason.OBJECT_MISSING, message, now_ms=1)
    json.dumps(members(outcome))
    text = csv_text([csv_row(outcome), manifest_row(line.ref, versions=True), manifest_row(line.ref, versions=False)])
    rows = list(read_list([text.encode(errors="replace")]))
    refs = [row.ref for row in rows if isinstance(row, GoodRow)]
    hold("each row of a report is one row of a manifest", where=len(rows) == len(refs) == text.count("\n") == 3)
    hold("a report names the object", where=all((ref.bucket, ref.key) == ("abc", line.ref.key) for ref in refs))
    versions = [ref.version_id for ref in refs]
    hold("a report names the version", where=versions == [line.ref.version_id, line.ref.version_id, None])


TARGET = Target(
    check,
    seeds=[
        b"clips/a b+c%20d.mp4\nv1\nno such object",
        'ä,"\u2028\'.mp4\n\n\r\n""'.encode(),
        b"\x01\x7f\r\x85\nnull\n=cmd|x",
        b" a \n!~\n",
        "\U0001f3a5".encode() + b"\n\n\xed\xa0\x80",
    ],
    words=("%0A", "%2C", '""', "\r", "\x85", "\u2028"),
)
