"""A deployment that the deploy script has made in an embedded cloud."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from e2e.deployment.account import contents
from e2e.deployment.builder import Builder
from e2e.deployment.fargate_task import FargateTask
from e2e.deployment.task_role import TaskRole
from e2e.deployment.terraform import Terraform
from integration.rekognition_cloud.account import client_at
from rekognition_cloud.process import CloudProcess
from support.books import Books
from support.webhook import Webhook

BIN = Path(sys.executable).parent


class Deployed(Books):
    """What Terraform has made, and what runs in it."""

    def __init__(self, cloud: CloudProcess, terraform: Terraform, builder: Builder, webhook: Webhook) -> None:
        """`builder` is what the deploy script finds as one, `webhook` where the variables say that one is."""
        self.terraform = terraform
        self.builder = builder
        self.webhook = webhook
        client = partial(client_at, cloud.url)
        self.before = contents(client)
        """What the account held before."""
        terraform.run("./deploy.sh")
        self.made = contents(client) - self.before
        """What the script has made of it."""
        self.outputs = terraform.outputs()
        super().__init__(cloud, self.outputs["deployment"], self.outputs["topic_arns"]["alerts"])

    def deploy(self) -> str:
        """Runs the script again, and gives what it printed."""
        before = contents(self.client)
        said = self.terraform.run("./deploy.sh")
        self.made |= contents(self.client) - before
        return said

    def task_definition(self) -> dict[str, Any]:
        """The one that the service runs, as ECS has it."""
        ecs = self.client("ecs")
        (service,) = ecs.describe_services(
            cluster=self.outputs["cluster_name"], services=[self.outputs["service_name"]]
        )["services"]
        registered = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
        definition: dict[str, Any] = registered["taskDefinition"]
        return definition

    @contextmanager
    def tasks(
        self, number: int, folder: Path, launch: Callable[..., "subprocess.Popen[Any]"]
    ) -> Iterator[list[FargateTask]]:
        """So many tasks of the service, under their role, started by `launch`; they are stopped at the end."""
        definition = self.task_definition()
        with TaskRole(self.client("sts"), definition["taskRoleArn"]) as role:
            outside = {"AWS_ENDPOINT_URL": self.cloud.url, "AWS_CONTAINER_CREDENTIALS_FULL_URI": role.url}
            tasks = [
                FargateTask(definition, folder / f"task-{index}", self.outputs["region"], outside, launch=launch)
                for index in range(number)
            ]
            try:
                for task in tasks:
                    task.start()
                yield tasks
            finally:
                for task in tasks:
                    task.stop()

    def aws(self, *arguments: str) -> Any:
        """The stock command line of AWS, as whoever looks after the deployment; gives what it prints."""
        # Its version 1 does not take the endpoint of SQS from the environment.
        command = [str(BIN / "aws"), "--endpoint-url", self.cloud.url, "--output", "json", *arguments]
        ended = subprocess.run(command, env=self.cloud.env, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, f"{command}: {ended.stderr}"
        return json.loads(ended.stdout) if ended.stdout.startswith("{") else ended.stdout
