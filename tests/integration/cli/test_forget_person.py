"""`review forget-person`: nobody can say any more whose a pseudonym was, and what was decided stands."""

import json

from integration.cli.conftest import Deployed
from integration.cli.rows import NOW_MS
from reelsift.aws.deployment import Deployment
from reelsift.domain.decision import Action
from support.recorded_decisions import RecordedDecisions, video

ANNA = "arn:aws:sts::123456789012:assumed-role/reviewer/anna"
BEN = "arn:aws:sts::123456789012:assumed-role/reviewer/ben"


def pseudonyms(deployed: Deployed) -> dict[str, str]:
    """Of Anna, of whom she has named, and of Ben. One that is not there is made."""

    async def read(deployment: Deployment) -> dict[str, str]:
        people = deployment.people
        return {
            "anna": await people.pseudonym(ANNA),
            "carla": await people.pseudonym(ANNA, "Carla"),
            "ben": await people.pseudonym(BEN),
        }

    return deployed.do(read)


def erased(deployed: Deployed, person: str) -> set[str]:
    result = deployed.cli("review", "forget-person", person, "--yes", "--json")
    assert result.exit_code == 0, result.stderr
    said = json.loads(result.stdout)
    assert len(said["stays"]) == 3
    return set(said["erased"])


def test_an_identity_goes_with_all_names_that_were_typed_under_it(deployed: Deployed) -> None:
    async def decide(deployment: Deployment) -> None:
        await RecordedDecisions(deployment.reviews.table).decide(1, Action.REJECT, by=before["anna"], at_ms=NOW_MS)

    before = pseudonyms(deployed)
    deployed.do(decide)
    assert erased(deployed, ANNA) == {before["anna"], before["carla"]}
    after = pseudonyms(deployed)
    assert after["ben"] == before["ben"]
    assert {after["anna"], after["carla"]}.isdisjoint(before.values())
    audit = deployed.cli("review", "export")
    assert before["anna"] in audit.stdout
    assert "every chain is whole" in audit.stderr
    assert video(1).video_id in audit.stdout


def test_a_name_or_a_pseudonym_is_enough(deployed: Deployed) -> None:
    before = pseudonyms(deployed)
    assert erased(deployed, "Carla") == {before["carla"]}
    assert erased(deployed, before["ben"]) == {before["ben"]}
    assert pseudonyms(deployed)["anna"] == before["anna"]


def test_nobody_is_erased_unasked_and_who_is_not_known_is_said_to_be(deployed: Deployed) -> None:
    before = pseudonyms(deployed)
    refused = deployed.cli("review", "forget-person", ANNA)
    assert (refused.exit_code, "add --yes" in refused.stderr) == (2, True)
    assert pseudonyms(deployed) == before
    unknown = deployed.cli("review", "forget-person", "Dora", "--yes")
    assert (unknown.exit_code, "nobody is known as Dora" in unknown.stderr) == (4, True)
