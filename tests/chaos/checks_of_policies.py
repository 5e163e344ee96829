"""What policies have made of videos, and what was held, against the tables: pure functions as in `checks`."""

from collections import Counter
from collections.abc import Iterator

from chaos.evidence import Evidence, Row
from chaos.expectations import Expectations
from chaos.operations import HELD


def verdicts_are_of_the_live_policy(expected: Expectations, found: Evidence) -> Iterator[str]:
    """Each verdict is the one that the live policy makes of what Rekognition has answered."""
    live = max(found.policies, default=0)
    for row in found.statuses if live else ():
        if "verdict" not in row:
            continue
        kind = expected.subjects[row["key"]].kind
        is_so, should_be = (row["verdict"], int(row["epoch"])), (kind.verdict_by(found.policies[live]), live)
        if is_so != should_be:
            yield f"{row['key']} is judged {is_so[0]} by epoch {is_so[1]}, not {should_be[0]} by {should_be[1]}"


def each_policy_is_a_version(_: Expectations, found: Evidence) -> Iterator[str]:
    """Versions of the policy are numbered without a gap, and there is each that somebody was told of."""
    if sorted(found.policies) != list(range(1, len(found.policies) + 1)):
        yield f"there are the epochs {sorted(found.policies)}"
    told = [int(answer["epoch"]) for answer in found.answers if answer["deed"] == "apply" and "epoch" in answer]
    if len(found.policies) - len(told) not in {0, 1}:
        yield f"there are {len(found.policies)} versions, of which people have made {len(told)}, and workers the first"
    yield from (
        f"somebody was told of epoch {epoch}, which there is not" for epoch in told if epoch not in found.policies
    )


def each_reevaluation_has_its_lines(expected: Expectations, found: Evidence) -> Iterator[str]:
    """A re-evaluation ends, has one line a video, and each says the verdict of its policy."""
    lines: dict[str, list[Row]] = {name: [] for name in found.reevaluations}
    for row in found.outcomes:
        of = str(row["batch"]).rpartition("#")[0]
        if of in lines:
            lines[of].append(row)
    for name, batch in found.reevaluations.items():
        ended = batch["state"], batch.get("stopped")
        overtaken = int(batch["reevaluation"]["epoch"]) < max(found.policies, default=0)
        if ended not in {("Complete", None), *([("Cancelled", "policy_changed")] if overtaken else [])}:
            yield f"{name} is {ended}"
        if int(batch.get("total", 0)) != len(lines[name]):
            yield f"{name} says it has {batch.get('total')} lines, there are {len(lines[name])}"
        yield from (f"{name} has {count} lines of {key}" for key, count in _counts(lines[name]).items() if count > 1)
        # Of a version that is lost another check tells.
        policy = found.policies.get(int(batch["reevaluation"]["epoch"]), "lost")
        for row in lines[name]:
            kind = expected.subjects[row["key"]].kind
            is_so = row["status"], row.get("verdict"), int(row["billed_ms"])
            if is_so != ("SUCCEEDED", kind.verdict_by(policy), 0):
                yield f"the line of {name} about {row['key']} ended as {is_so} by the policy {policy}"
    for answer in found.answers:
        if answer["deed"] == "reevaluate" and answer.get("batch", "") not in {"", *lines}:
            yield f"somebody was told of {answer['batch']}, which there is not"


def nothing_is_held(_: Expectations, found: Evidence) -> Iterator[str]:
    """What was held was released."""
    for row in found.tables["batches"]:
        if (row["batch_id"], row["part"]) == ("hold", "switch"):
            yield from (f"{kind} are held" for kind in HELD if kind in row)


CHECKS = (
    verdicts_are_of_the_live_policy,
    each_policy_is_a_version,
    each_reevaluation_has_its_lines,
    nothing_is_held,
)


def _counts(lines: list[Row]) -> Counter[str]:
    return Counter(row["key"] for row in lines)
