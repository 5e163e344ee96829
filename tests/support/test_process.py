"""A process that runs tests, for pytest-xdist: it does what execnet has a Python do that it starts itself."""

import sys

if __name__ == "__main__":
    exec(eval(sys.stdin.readline()))  # noqa: S102, S307  # these very words are execnet's
