"""`python -m rekognition_cloud`: the embedded cloud as a process. Prints its URL as one line of JSON, then serves."""

import argparse
import json
import os
from dataclasses import fields
from typing import get_type_hints

from rekognition_cloud.cloud import serve
from rekognition_cloud.knobs import BadKnobError, Knobs


def main() -> None:
    """Serves until SIGTERM or SIGINT; a knob that cannot be ends it with 2."""
    parser = argparse.ArgumentParser(prog="python -m rekognition_cloud", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    types = get_type_hints(Knobs)
    for knob in fields(Knobs):
        number = int if types[knob.name] is int else float
        parser.add_argument(f"--{knob.name.replace('_', '-')}", type=number, default=knob.default, metavar="N")
    arguments = vars(parser.parse_args())
    port = arguments.pop("port")
    # The cloud needs no account, and a profile of the caller's that does not exist would break botocore in it.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    try:
        knobs = Knobs(**arguments)
    except BadKnobError as wrong:
        parser.error(str(wrong))
    serve(port, knobs, lambda url: print(json.dumps({"url": url}), flush=True))  # noqa: T201  # the caller reads it


if __name__ == "__main__":
    main()
