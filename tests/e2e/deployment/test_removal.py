"""What `make destroy` does. It runs last: nothing is left for other tests."""

import pytest

from e2e.deployment.account import contents
from e2e.deployment.deployed import Deployed

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.timeout(900)]


def test_nothing_is_destroyed_unless_somebody_says_the_deployments_name(deployed: Deployed) -> None:
    there = contents(deployed.client)
    assert "Nothing was deleted" in deployed.terraform.run("./destroy.sh", expected=2)
    assert "Nothing was deleted" in deployed.terraform.run("./destroy.sh", expected=2, CONFIRM="another")
    assert contents(deployed.client) == there


def test_destroy_leaves_nothing_of_the_deployment_and_all_that_was_there_before(deployed: Deployed) -> None:
    sqs, sns = deployed.client("sqs"), deployed.client("sns")
    # The test's own ear on the alerts.
    subscriptions = sns.list_subscriptions()["Subscriptions"]
    (own,) = [each for each in subscriptions if each["Endpoint"].endswith("-alerts-seen")]
    sns.unsubscribe(SubscriptionArn=own["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=deployed.alert_queue)
    deployed.terraform.run("./destroy.sh", CONFIRM=deployed.deployment)
    assert contents(deployed.client) == deployed.before
