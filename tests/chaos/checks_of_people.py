"""What people did, held against the tables, what the bus told and what the objects say: pure functions as in `checks`.

They read the rows for themselves, and make of decisions and verdicts what the documentation says is made of them.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from chaos.evidence import Evidence, Row, is_claimed, is_untold
from chaos.expectations import Expectations

_OF_VERDICT = {"approve": "approved", "review": "in_review", "reject": "in_review", "incomplete": "in_review"}
_PEOPLE_LOOK_AT = {"unsupported_codec", "too_large", "rekognition_failed"}
"""Failures for which a policy that says nothing of it asks people."""

_OUTCOME = {"overturn": "overturned", "uphold": "upheld"}

_MARGIN_MS = 5000


def decisions_stand(_: Expectations, found: Evidence) -> Iterator[str]:
    """Every decision that somebody was told of is there, once, as they made it, and no other is."""
    records = {(record["video_id"], record["number"]): record for record in _records(found)}
    answered: dict[tuple[str, int], Row] = {}
    for answer in found.answers:
        if "decision" not in answer:
            continue
        place = str(answer["video_id"]), int(answer["decision"])
        if place in answered:
            yield f"acts {answered[place]['act']} and {answer['act']} were both told of decision {_place(place)}"
        answered[place] = answer
        record = records.get(place)
        if record is None:
            yield f"act {answer['act']} was told of decision {_place(place)}, which there is not"
        elif (record["action"], record["by"]) != (answer["action"], answer["person"]):
            yield f"decision {_place(place)} is {record['action']} by {record['by']}, act {answer['act']} was another"
    yield from (f"nobody was told of decision {_place(place)}" for place in sorted(records.keys() - answered.keys()))


def decisions_are_chained(_: Expectations, found: Evidence) -> Iterator[str]:
    """The decisions of a video are numbered without a gap, chained, and of a time at which somebody decided."""
    last = {row["video_id"]: int(row.get("last_decision", 0)) for row in found.statuses}
    first_ms, last_ms = found.span_ms
    for video_id, chain in _chains(found).items():
        if [record["number"] for record in chain] != list(range(1, last.pop(video_id, 0) + 1)):
            yield f"{video_id} has the decisions {[record['number'] for record in chain]}, its row says otherwise"
        previous = ""
        for record in chain:
            if record["previous"] != previous:
                yield f"decision {record['number']} of {video_id} does not follow from the one before"
            previous = _digest(record)
            if not first_ms - _MARGIN_MS <= record["at_ms"] <= last_ms + _MARGIN_MS:
                off_s = (record["at_ms"] - first_ms) / 1000
                yield f"decision {record['number']} of {video_id} was made {off_s:.0f} s after the beginning, it says"
    yield from (f"{video_id} says it has {count} decisions" for video_id, count in last.items() if count)


def the_latest_decision_stands(_: Expectations, found: Evidence) -> Iterator[str]:
    """The status of a video is by the latest decision that was not taken back, else by its verdict or failure."""
    chains = _chains(found)
    for row in found.statuses:
        if "status" not in row and not chains.get(row["video_id"]):
            continue
        standing = _standing(chains.get(row["video_id"], []))
        is_so = row.get("status"), _plain(row.get("restriction"))
        if standing is not None:
            allowed = [(standing["status"], _plain(standing["restriction"]))]
        elif "verdict" in row:
            allowed = [(_OF_VERDICT[row["verdict"]], None)]
        else:
            # What was taken back before it had failed is still to be looked at.
            allowed = [("failed", None), ("in_review", None)] if "failure" in row else [("in_review", None)]
        if int(row.get("standing", 0)) != (standing["number"] if standing else 0):
            yield f"by the row of {_named(row)} decision {row.get('standing')} stands, by the decisions it does not"
        if is_so not in allowed:
            yield f"{_named(row)} is {is_so}, not {allowed[0]}"


def every_revision_is_told(_: Expectations, found: Evidence) -> Iterator[str]:
    """Every revision of a status is told, or was taken back in time; who keeps the highest knows what is so."""
    heard: defaultdict[str, dict[int, Row]] = defaultdict(dict)
    for event in found.events:
        video_id, number = str(event["video"]["video_id"]), int(event["revision"])
        said = heard[video_id].setdefault(number, event)
        if (said["status"], event["id"]) != (event["status"], f"{video_id}:{number}"):
            both = f"{said['status']} and as {event['status']}"
            yield f"revision {number} of {video_id} is told as {both} ({event['id']})"
    chains = _chains(found)
    for row in found.statuses:
        told = heard.pop(row["video_id"], {})
        made = {int(revision["revision"]): revision for revision in row["history"]}
        if is_untold(row):
            yield f"{_named(row)} is still to be told of"
        if list(made) != list(range(1, int(row["revision"]) + 1)):
            yield f"{_named(row)} is at revision {row['revision']}, its history has {list(made)}"
        is_so = {number: event["status"] for number, event in told.items()}
        was_made = {number: revision["status"] for number, revision in made.items()}
        silent = set(made) - set(told)
        if not is_so.items() <= was_made.items() or silent - _may_be_silent(made, chains.get(row["video_id"], [])):
            yield f"of {_named(row)} the revisions {was_made} were made, and {sorted(told)} told"
        if told and _seen(told[max(told)]) != _seen(row):
            yield f"{_named(row)} is {_seen(row)}, and {_seen(told[max(told)])} was told last"
        if made and _seen(made[max(made)]) != _seen(row):
            yield f"{_named(row)} is {_seen(row)} at revision {row['revision']}, its history ends otherwise"
    yield from (f"{video_id} is told of, and has no status" for video_id in heard)


def appeals_are_told(_: Expectations, found: Evidence) -> Iterator[str]:
    """Every appeal that was decided is told as it was decided, and no other is."""
    decided = {_appeal(record): _OUTCOME[record["action"]] for record in _records(found) if record["appeal"]}
    told: defaultdict[str, set[str]] = defaultdict(set)
    for event in found.appeals:
        told[event["id"]].add(event["appeal"]["outcome"])
    for name, outcome in decided.items():
        if told.pop(name, set()) != {outcome}:
            yield f"{name} was {outcome}, and is not told so"
    yield from (f"{name} is told, and was not decided" for name in told)


def appeals_are_answered(_: Expectations, found: Evidence) -> Iterator[str]:
    """Of every appeal somebody is asked until it is decided."""
    decided = {_appeal(record) for record in _records(found) if record["appeal"]}
    is_open = {_appeal(row): "closed_ms" not in row for row in _items(found) if "appeal" in row}
    taken = {_appeal(answer) for answer in found.answers if answer["deed"] == "appeal" and "appeal" in answer}
    yield from (f"{name} was taken, and nobody is asked" for name in sorted(taken - is_open.keys()))
    for name, open_still in is_open.items():
        if open_still == (name in decided):
            was = "was" if name in decided else "was not"
            yield f"{name} {was} decided, and somebody {'is' if open_still else 'is not'} asked"


def people_are_asked_what_they_should_be(_: Expectations, found: Evidence) -> Iterator[str]:
    """Open items are those that the status of a video asks for."""
    chains, open_items = _chains(found), defaultdict(set)
    for row in _items(found):
        if "closed_ms" not in row:
            open_items[row["video_id"]].add(row["cause"])
    for row in found.statuses:
        asked = open_items.pop(row["video_id"], set()) - {"appeal"}
        wanted = _wanted(row, chains.get(row["video_id"], []))
        if asked != wanted:
            yield f"of {_named(row)} ({row.get('status')}) people are asked {sorted(asked)}, not {sorted(wanted)}"
    yield from (f"people are asked about {video_id}, of which nothing is known" for video_id in open_items)


def what_is_open_waits(_: Expectations, found: Evidence) -> Iterator[str]:
    """Each open item waits where it is found, and no claim is left."""
    for row in _items(found):
        where = [index for index in ("waiting", "due_queue") if index in row]
        if len(where) != (0 if "closed_ms" in row else 2):
            state = "closed" if "closed_ms" in row else "open"
            yield f"{row['part']} of {row['video_id']} is {state}, and stands in {where or 'no index'}"
    for row in found.tables["reviews"]:
        if is_claimed(row):
            yield f"{row['video_id']} is claimed by {row['principal']}"


def tags_say_the_status(_: Expectations, found: Evidence) -> Iterator[str]:
    """The tag of every object is the status of its video."""
    statuses = {row["key"]: row["status"] for row in found.statuses if "status" in row}
    for key, tags in found.tags.items():
        if tags.get("reelsift-status") != statuses.get(key):
            yield f"{key} is {statuses.get(key)}, and tagged {tags.get('reelsift-status')}"
    for row in found.statuses:
        if "untagged" in row:
            yield f"{_named(row)} is still to be tagged"


CHECKS = (
    decisions_stand,
    decisions_are_chained,
    the_latest_decision_stands,
    every_revision_is_told,
    appeals_are_told,
    appeals_are_answered,
    people_are_asked_what_they_should_be,
    what_is_open_waits,
    tags_say_the_status,
)


def _records(found: Evidence) -> list[dict[str, Any]]:
    return [json.loads(row["record"]) for row in found.tables["reviews"] if str(row["part"]).startswith("decision#")]


def _chains(found: Evidence) -> dict[str, list[dict[str, Any]]]:
    """The decisions of each video in their order."""
    chains: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in sorted(_records(found), key=lambda record: int(record["number"])):
        chains[record["video_id"]].append(record)
    return dict(chains)


def _items(found: Evidence) -> list[Row]:
    return [row for row in found.tables["reviews"] if str(row["part"]).startswith("item#")]


def _appeal(said: Row) -> str:
    """The id of the event that tells what became of an appeal."""
    return f"{said['video_id']}:appeal:{said['appeal']}"


def _standing(chain: list[dict[str, Any]]) -> dict[str, Any] | None:
    taken_back = {record["withdraws"] for record in chain}
    made = [record for record in chain if record["status"] is not None and record["number"] not in taken_back]
    return made[-1] if made else None


def _may_be_silent(made: dict[int, Row], chain: list[dict[str, Any]]) -> set[int]:
    """Revisions of which nobody need have heard: of decisions that were taken back, and of taking them back."""
    back = {record["withdraws"]: record["number"] for record in chain if record["withdraws"] is not None}
    concerned = back.keys() | set(back.values())
    return {number for number, revision in made.items() if int(revision.get("decision", 0)) in concerned}


def _wanted(row: Row, chain: list[dict[str, Any]]) -> set[str]:
    """What the status of a video asks people."""
    decided = _standing(chain) is not None
    match row.get("status"), decided:
        case "in_review", False:
            return {"verdict"}
        case "in_review", True:
            return {"escalated"}
        case "failed", False:
            return {"failed"} if row["failure"]["reason"] in _PEOPLE_LOOK_AT else set()
        case (("approved" | "restricted"), True):
            # Nothing spoke against it when somebody last looked, and something does now.
            knew = bool(chain[-1]["automated"])
            return {"contradicted"} if row.get("verdict") in {"review", "reject"} and not knew else set()
        case _:
            return set()


def _seen(said: Row) -> tuple[str | None, str | None]:
    return said.get("status"), _plain(said.get("restriction"))


def _plain(restriction: Any) -> str | None:
    """Numbers of tables and of JSON alike."""
    return None if restriction is None else json.dumps(restriction, sort_keys=True, default=int)


def _digest(record: dict[str, Any]) -> str:
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _named(row: Row) -> str:
    return str(row.get("key", row["video_id"]))


def _place(place: tuple[str, int]) -> str:
    return f"{place[1]} of {place[0]}"
