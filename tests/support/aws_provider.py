"""Terraform's provider for AWS as one process for many commands.

Terraform starts it anew for each step of each command, which takes more of the processor than the step itself. Made to
be debugged (`-debug`), the same program says how Terraform finds it, and stays.
developer.hashicorp.com/terraform/plugin/debugging
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_PROGRAM = ".terraform/providers/*/hashicorp/aws/*/*/terraform-provider-aws*"
_SAID = re.compile(r"(TF_REATTACH_PROVIDERS)='(.*)'")
_LAZY = {"GOGC": "400"}


@contextmanager
def standing_provider(folder: Path, env: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """`folder` is initialised. Gives `env`, in which Terraform uses the provider that runs in it as long as the context
    lasts. It is the provider's own environment, too: where AWS is, and as whom it speaks there.
    """
    program = next(folder.glob(_PROGRAM))
    with subprocess.Popen(
        [program.resolve(), "-debug"],
        env={**env, **_LAZY},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            found = next(filter(None, map(_SAID.search, process.stdout)), None)
            assert found is not None, f"{program.name} has ended before it was ready"
            yield {**env, found[1]: found[2]}
        finally:
            process.terminate()
