"""`python -m fuzz`: feeds every parser inputs made to break it, and writes down what came of it."""

import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from fuzz import campaign
from fuzz.catalogue import NAMES
from fuzz.fuzzer import MISSING, engine

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    targets: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(NAMES)}; all of them by default.")] = None,
    inputs: Annotated[int, typer.Option(min=1, help="Inputs for each target.")] = 1_000_000,
    seconds: Annotated[int, typer.Option(min=0, help="Seconds for each target at most; 0 is no limit.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Targets fuzzed at a time, a process each.")] = 1,
    corpus: Annotated[
        Path | None, typer.Option(help="Folder that keeps what was learnt, and what was found, for the next time.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File that a line of JSON for each target is appended to.")] = None,
) -> None:
    """Ends with 0 where no law was broken, with 1 where one was, and with 2 where it cannot be tried."""
    names = targets or list(NAMES)
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        sys.exit(_wrong(f"there is no target {', '.join(unknown)}; there are {', '.join(NAMES)}"))
    if engine() is None:
        sys.exit(_wrong(MISSING))
    folder = Path(tempfile.mkdtemp(prefix="reelsift-fuzz-")) if corpus is None else corpus
    broken = False
    with ThreadPoolExecutor(jobs) as pool:
        runs = [pool.submit(campaign.run, name, inputs=inputs, seconds=seconds, corpus=folder) for name in names]
        for done in as_completed(runs):
            result = done.result()
            broken = broken or result.problem is not None
            line = json.dumps(asdict(result) | {"inputs_per_second": result.inputs_per_second})
            typer.echo(line)
            if out is not None:
                with out.open("a", encoding="utf-8") as file:
                    file.write(line + "\n")
    sys.exit(int(broken))


def _wrong(message: str) -> int:
    typer.echo(message, err=True)
    return 2


if __name__ == "__main__":
    app()
