"""Lists of decisions: tables and lines of JSON, of which a wrong row harms no other."""

import json
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.decision import Action, EscalationKind
from reelsift.domain.decision_request import DecisionRequest
from reelsift.manifests.decision_rows import DecisionRow, DecisionRows, NoDecisionList, UnreadableRow


def read(*pieces: bytes) -> list[DecisionRow | UnreadableRow]:
    rows = DecisionRows()
    found = [row for piece in pieces for row in rows.feed(piece)]
    return [*found, *rows.close()]


def problems(text: str) -> Sequence[tuple[int, str]]:
    return [(row.row, row.problem) for row in read(text.encode()) if isinstance(row, UnreadableRow)]


def test_a_table_is_read_by_its_header_whatever_the_order_and_the_case() -> None:
    text = (
        "Action;Video ID;reasons;as;age;Territory;Warning Label;demote;demonetise;note\n"
        "restrict;s3://b/k;nudity, hate;Anna;16;DE AT;Blood;yes;;'=1\n"
        "\n"
        "REJECT;" + "0" * 40 + ";nudity\n"
    )
    first, second = read(text.encode())
    assert first == DecisionRow(
        2,
        "s3://b/k",
        DecisionRequest(
            action=Action.RESTRICT,
            reasons=("nudity", "hate"),
            age=16,
            territories=("DE", "AT"),
            warning_label="Blood",
            demote=True,
            note="=1",
        ),
        "Anna",
    )
    assert second == DecisionRow(4, "0" * 40, DecisionRequest(action=Action.REJECT, reasons=("nudity",)))


def test_lines_of_json_say_the_same() -> None:
    lines = [
        {"video": "v", "action": "escalate", "kind": "legal", "note": "two\nlines"},
        {"video": "v", "action": "withdraw", "decision": 3, "seen_decision": 4, "etag": "e"},
        {"video": "v", "action": "overturn", "appeal": "7", "to": "approve", "demote": False, "note": None},
    ]
    rows = read("\n".join(map(json.dumps, lines)).encode())
    assert [row.request for row in rows if isinstance(row, DecisionRow)] == [
        DecisionRequest(action=Action.ESCALATE, kind=EscalationKind.LEGAL, note="two\nlines"),
        DecisionRequest(action=Action.WITHDRAW, decision=3, seen=4, etag="e"),
        DecisionRequest(action=Action.OVERTURN, appeal="7", to=Action.APPROVE),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_spreadsheets_save_is_read(encoding: str) -> None:
    rows = read("video,action,note\r\nv,approve,Grüße\r\n".encode(encoding))
    assert rows == [DecisionRow(2, "v", DecisionRequest(action=Action.APPROVE, note="Grüße"))]


def test_wrong_rows_are_told_by_number_and_their_neighbours_are_read() -> None:
    text = (
        "video,action,reasons,age,demote,decision\n"
        "v,approve\n"
        "v,aprove\n"
        ",approve\n"
        "v,reject\n"
        "v,restrict,nudity,old\n"
        "v,restrict,nudity,,maybe\n"
        "v,approve,,,,,,\n"
        'v,"approve\n'
        "v,withdraw,,,,1\n"
    )
    assert problems(text) == [
        (3, "action must be one of approve, restrict, reject, escalate, withdraw, uphold, overturn, not 'aprove'"),
        (4, "it needs a video and an action"),
        (5, "reject needs a reason of the catalogue: the uploader is owed one"),
        (6, "age must be a whole number"),
        (7, "demote must be true or false"),
        (8, "it has 8 fields, and the first line names 6"),
        (9, "a quote is not closed within the line; line breaks within a field need lines of JSON"),
    ]
    assert [row.row for row in read(text.encode()) if isinstance(row, DecisionRow)] == [2, 10]


def test_wrong_lines_of_json_are_told_too() -> None:
    lines = (
        '{"video": "v", "action": "approve"}\n'
        "[1]\n"
        "{\n"
        '{"video": 5, "action": "approve"}\n'
        '{"video": "v", "action": "approve", "colour": 1}\n'
        '{"video": "v", "action": "approve", "reason": [1]}\n'
        '{"video": "v", "action": "approve", "reason": [], "reasons": []}\n'
        '{"video": "v", "action": "withdraw", "decision": true}\n'
        '{"video": "\\ud800", "action": "approve"}\n'
    )
    told = dict(problems(lines))
    assert set(told) == set(range(2, 10))
    assert told[2] == "it is no JSON object"
    assert told[4] == "video must be text"
    assert told[5].startswith("there is no member 'colour'; there are video, action, reasons")
    assert told[6] == "reasons must be texts"
    assert told[7] == "it says reasons twice"
    assert told[8] == "decision must be a whole number"
    assert told[9] == "video has half a surrogate pair, which stands for no character"


@pytest.mark.parametrize("text", ["hello\n", "video,reasons\nv,a\n", "video,action,Video Id\nv,approve,w\n", "\xff\n"])
def test_what_is_no_list_of_decisions_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(NoDecisionList, match="the first line"):
        read(text.encode("latin-1"))


def refusal(text: str) -> str:
    with pytest.raises(NoDecisionList) as refused:
        read(text.encode())
    return str(refused.value)


def test_a_column_that_nothing_is_known_of_refuses_the_file_and_what_may_be_meant_is_named() -> None:
    told = refusal("video,action,reasons,agee,Teritories,x\nv,restrict,nudity,18,DE,\n")
    assert told.startswith(
        "the first line names columns that nothing is known of: 'agee' (age?), 'Teritories' (territories?), 'x'; there"
    )
    many = ",".join(f"x{number}" for number in range(9))
    assert "'x4' and 4 more; there are video" in refusal(f"video,action,{many}\nv,approve\n")


def test_columns_without_a_name_hold_nothing() -> None:
    # As spreadsheets save what was emptied.
    rows = read(b"video,action,,\nv,approve,,\nw,approve, ,18\n")
    assert rows[0] == DecisionRow(2, "v", DecisionRequest(action=Action.APPROVE))
    assert isinstance(rows[1], UnreadableRow)
    assert rows[1].problem == "a field stands in a column to which the first line gives no name"


def test_a_quote_that_the_first_line_leaves_open_refuses_the_file() -> None:
    assert refusal('video,"action\nv,approve\n').startswith("the first line names no columns: a quote is not closed")


@given(st.text(max_size=60))
def test_whatever_the_first_line_is_the_file_is_read_or_refused(text: str) -> None:
    body = f"video,action,{text}\nv,approve\n".encode(errors="replace")
    with suppress(NoDecisionList):
        assert read(body)


def test_an_empty_file_has_no_rows() -> None:
    assert read(b"") == []


@given(st.binary(max_size=300), st.integers(0, 300))
def test_whatever_is_in_the_file_each_row_is_a_decision_or_a_sentence_however_it_arrives(data: bytes, cut: int) -> None:
    body = b"video,action,reasons\nv,approve\n" + data
    whole = read(body)
    assert read(body[:cut], body[cut:]) == whole
    assert all(row.problem for row in whole if isinstance(row, UnreadableRow))
    assert whole[0] == DecisionRow(2, "v", DecisionRequest(action=Action.APPROVE))
