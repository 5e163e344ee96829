"""An image's file system run as ECS runs it: read-only, as the image's user, without capabilities, /tmp a volume.

Not by a container runtime: those want control groups, which a machine that is a container itself has not. The kernel's
own means are the same: namespaces of mounts and processes, a read-only mount, a change of root, user and capabilities.
"""

import os
import signal
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from e2e.image.builder import Image
from support.patience import PATIENCE_S
from support.world import eventually

# Positional: root, volume, working directory; then the command. Each exec keeps the process, so that in the end the
# command itself is process 1 of its namespace and meets signals as it does in a container.
_ENTER = """
set -eu
root=$1 volume=$2 folder=$3
shift 3
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 dev "$root/dev"
for device in full null random urandom zero; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir -m 1777 "$root/dev/shm"
mount -o remount,ro "$root/dev"
mount --bind "$volume" "$root/tmp"
exec unshare --root="$root" --wd="$folder" "$@"
"""


class Container:
    """`with Container(image, folder, env) as container: …` runs what the image says; `run` and `execute` the rest."""

    def __init__(self, image: Image, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self._image = image
        self._env = dict(entry.split("=", 1) for entry in image.config["Env"]) | dict(env or {})
        self.volume = folder / "volume"
        self.log = folder / "container.log"
        self._make_volume()
        self._process: subprocess.Popen[bytes] | None = None

    def _make_volume(self) -> None:
        """An empty folder, whose owner and mode are the image's where it declares the volume, and else root and 0755.

        So does Fargate: docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html.
        """
        self.volume.mkdir()
        declared = "/tmp" in (self._image.config.get("Volumes") or {})  # noqa: S108  # the image's own
        if declared:
            status = (self._image.root / "tmp").stat()
            os.chown(self.volume, status.st_uid, status.st_gid)
        self.volume.chmod(stat.S_IMODE(status.st_mode) if declared else 0o755)

    def run(self, *command: str) -> str:
        """What a command prints, in a container of its own. Raises CalledProcessError where it fails."""
        return subprocess.run(
            self._entered(*command), env=self._env, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def start(self) -> Self:
        """Entry point and command of the image."""
        command = [*self._image.config["Entrypoint"], *self._image.config["Cmd"]]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._entered(*command), env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return self

    def execute(self, *command: str) -> int:
        """The exit code of a command inside of the running container, as of `docker exec` and of a health check."""
        inside = ["nsenter", f"--target={self.pid}", "--mount", "--ipc", "--uts", "--pid", "--root", "--wd"]
        return subprocess.run([*inside, *self._as_user(), *command], env=self._env, check=False).returncode

    def stop(self) -> int:
        """SIGTERM to process 1 and no other, and SIGKILL where that never ends it; returns the exit code."""
        process = self._running()
        if process.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
        try:
            return process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Of the container's process 1, as this machine numbers it."""
        parent = self._running().pid
        children = Path(f"/proc/{parent}/task/{parent}/children")
        return int(eventually(children.read_text, f"process {parent} has its child").split()[0])

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise RuntimeError("the container was not started")
        return self._process

    def _as_user(self) -> list[str]:
        """The image's own setpriv, since it is called after the change of root."""
        user, group = self._image.config["User"].split(":")
        powerless = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *powerless, "--"]

    def _entered(self, *command: str) -> list[str]:
        apart = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "sh", "-c", _ENTER, "sh"]
        places = [str(self._image.root), str(self.volume), self._image.config["WorkingDir"]]
        return [*apart, *places, *self._as_user(), *command]
