"""On how many examples laws are tried: enough to be trusted in every run, and many more where somebody asks for it."""

import pytest
from hypothesis import settings

EXAMPLES = 40
"""By `make test`, of a law that says nothing else. `make test-fast` and `make test-thorough` have their own number."""

PROFILES = {"reelsift": EXAMPLES, "fast": 15, "thorough": 400}


def register_profiles() -> None:
    """Make them known to hypothesis, and begin with that of `make test`."""
    for name, examples in PROFILES.items():
        # A busy machine is slow, not wrong: hypothesis' own time limit would make a flake of it.
        settings.register_profile(name, deadline=None, max_examples=examples)
    settings.load_profile("reelsift")


def load_profile_of(config: pytest.Config) -> None:
    """Begin with the one that is asked for already where modules are imported before hypothesis is configured."""
    if profile := config.getoption("--hypothesis-profile"):
        settings.load_profile(profile)


def examples(count: int) -> int:
    """Of a law whose examples cost more, or less: `count` by `make test`, and in proportion elsewhere."""
    return max(3, count * settings().max_examples // EXAMPLES)
