"""The command `rekognition-cloud`, also as `python -m rekognition_cloud`."""

import argparse
import json
from dataclasses import fields
from typing import get_args, get_type_hints

from rekognition_cloud.cloud import serve
from rekognition_cloud.control import PREFIX
from rekognition_cloud.knobs import BadKnobError, Knobs

_DESCRIPTION = """\
Run a local AWS with Amazon Rekognition Video until Ctrl-C: moto's server on one loopback address, and stored-video
jobs of content moderation and labels. Prints its URL as one line of JSON once it listens: {"url": "http://127.0.0.1:…"}
"""

_EPILOG = f"""\
Point clients at it with AWS_ENDPOINT_URL=<url>, any access key and any region. The control API is below
<url>{PREFIX}: GET and PATCH {PREFIX}knobs read and change the knobs while it runs.
"""


def main() -> None:
    """Serves until SIGTERM or SIGINT. Ends with exit code 2 for a knob that cannot be, 1 where the port is taken."""
    parser = argparse.ArgumentParser(
        prog="rekognition-cloud", usage="%(prog)s [--port PORT] [KNOB …]", description=_DESCRIPTION, epilog=_EPILOG
    )
    parser.add_argument("--port", type=int, default=0, help="Port of 127.0.0.1; 0, the default, takes a free one.")
    _add_knobs(parser)
    arguments = vars(parser.parse_args())
    port = arguments.pop("port")
    try:
        knobs = Knobs(**arguments)
    except BadKnobError as wrong:
        parser.error(str(wrong))
    try:
        serve(port, knobs, lambda url: print(json.dumps({"url": url}), flush=True))  # noqa: T201  # the caller reads it
    except OSError as error:
        parser.exit(1, f"rekognition-cloud cannot listen on port {port}: {error.strerror or error}\n")


def _add_knobs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("knobs", "The defaults are Rekognition's own, as far as Amazon documents them.")
    types = get_type_hints(Knobs, include_extras=True)
    for knob in fields(Knobs):
        kind, sentence = get_args(types[knob.name])
        default = "" if knob.default is None else f" Default: {knob.default:.12g}."
        group.add_argument(
            f"--{knob.name.replace('_', '-')}",
            type=int if kind is int else float,
            default=knob.default,
            metavar="N",
            help=sentence + default,
        )


if __name__ == "__main__":
    main()
