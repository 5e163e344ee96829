"""What `make destroy` does. It runs last: nothing is left for other tests."""

import pytest

from e2e.deployment.account import contents
from e2e.deployment.deployed import Deployed

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.long(900)]

KINDS = {
    *("bucket", "queue", "table", "topic", "subscription", "role", "policy", "log group"),
    *("event bus", "archive", "connection", "API destination"),
    *("alarm", "dashboard", "rule", "scalable target", "scaling policy"),
    *("repository", "cluster", "service", "task definition"),
    *("vpc", "subnet", "route table", "internet gateway", "security group", "endpoint"),
}
"""What the deployment of these tests is made of."""


def test_nothing_is_destroyed_unless_somebody_says_the_deployments_name(deployed: Deployed) -> None:
    there = contents(deployed.client)
    assert "Nothing was deleted" in deployed.terraform.run("./destroy.sh", expected=2)
    assert "Nothing was deleted" in deployed.terraform.run("./destroy.sh", expected=2, CONFIRM="another")
    assert contents(deployed.client) == there


def test_destroy_leaves_nothing_of_the_deployment_and_all_that_was_there_before(deployed: Deployed) -> None:
    """Other tests have left things of their own in the account, too."""
    assert {kind for kind, _ in deployed.made} == KINDS
    deployed.terraform.run("./destroy.sh", CONFIRM=deployed.deployment)
    left = contents(deployed.client)
    assert left & deployed.made == set()
    assert left >= deployed.before
