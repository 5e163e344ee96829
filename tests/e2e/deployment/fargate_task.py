import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_IMAGE_ENTRY_POINT = ["reelsift"]
"""The Dockerfile's, where the task definition has none of its own."""


class FargateTask:
    """The container of a registered task definition as a process here: its command and its environment, and of this
    machine's nothing but the Python.
    """

    def __init__(
        self,
        definition: Mapping[str, Any],
        folder: Path,
        region: str,
        env: Mapping[str, str],
        *,
        launch: Callable[..., "subprocess.Popen[Any]"],
    ) -> None:
        """`definition` as ECS describes it. Where the container has a writable folder, it gets one below `folder`.
        `env` is what stands for the network outside: the endpoint, and where the credentials are. `launch` starts the
        process as Popen does.
        """
        self._launch = launch
        (self._container,) = definition["containerDefinitions"]
        self._volumes: dict[str, Path] = {}
        for number, mount in enumerate(self._container["mountPoints"]):
            self._volumes[mount["containerPath"]] = folder / f"volume-{number}"
            self._volumes[mount["containerPath"]].mkdir(parents=True)
        self.log_file = folder / "task.log"
        declared = {entry["name"]: self._relocated(entry["value"]) for entry in self._container["environment"]}
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-environment-variables.html
        given = {"AWS_EXECUTION_ENV": "AWS_ECS_FARGATE", "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
        self.env = {**given, "TMPDIR": self._relocated("/tmp"), **declared, **env}  # noqa: S108  # the container's own
        self._process: subprocess.Popen[Any] | None = None

    def start(self) -> None:
        command = [*self._container.get("entryPoint", _IMAGE_ENTRY_POINT), *self._container["command"]]
        with self.log_file.open("wb") as log:
            self._process = self._launch(
                self._local(command), env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def is_healthy(self) -> bool:
        """What the container's health check says."""
        kind, *command = self._container["healthCheck"]["command"]
        assert kind == "CMD"
        asked = subprocess.run(self._local(command), env=self.env, capture_output=True, check=False)
        return asked.returncode == 0

    def stop(self) -> int | None:
        """SIGTERM, and SIGKILL after the stop timeout, as ECS does it; gives the exit code, None where none ran."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            return self._process.wait(self._container["stopTimeout"])
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def log(self) -> list[dict[str, Any]]:
        """The lines it has logged."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]

    def _local(self, command: Sequence[str]) -> list[str]:
        program, *arguments = command
        assert program == "reelsift", command
        return [sys.executable, "-m", "reelsift.cli", *arguments]

    def _relocated(self, value: str) -> str:
        """A path of the container as it is here."""
        for path, here in self._volumes.items():
            if value == path or value.startswith(f"{path}/"):
                return str(here) + value.removeprefix(path)
        return value
