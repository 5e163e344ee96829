from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.draws import SECRET_BYTES, Draw, is_drawn

SECRET = bytes(range(SECRET_BYTES))
NAMES = [f"{number:040x}" for number in range(20_000)]
AUDIT = Draw.AUDIT_APPROVALS

secrets = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)
shares = st.floats(0, 1)


def test_of_many_the_share_is_drawn() -> None:
    """Within five standard deviations of the binomial, which are 0.35 % here."""
    for share in (0.005, 0.1, 0.5):
        drawn = sum(is_drawn(SECRET, AUDIT, name, share) for name in NAMES)
        assert abs(drawn - share * len(NAMES)) <= 5 * (len(NAMES) * share * (1 - share)) ** 0.5


@pytest.mark.parametrize(
    ("secret", "draw"), [(bytes(SECRET_BYTES), AUDIT), (SECRET, cast("Draw", "another"))], ids=["secret", "draw"]
)
def test_one_draw_says_nothing_of_another(secret: bytes, draw: Draw) -> None:
    """Of those that one draws, another draws its share and no more: so nobody without the secret knows who is drawn."""
    one = [name for name in NAMES if is_drawn(SECRET, AUDIT, name, 0.1)]
    both = sum(is_drawn(secret, draw, name, 0.1) for name in one)
    assert abs(both - len(one) / 10) <= 5 * (len(one) * 0.1 * 0.9) ** 0.5


@given(secrets, st.text(), shares, shares)
def test_a_larger_share_draws_all_that_a_smaller_one_does(secret: bytes, name: str, one: float, other: float) -> None:
    smaller, larger = sorted((one, other))
    assert is_drawn(secret, AUDIT, name, larger) or not is_drawn(secret, AUDIT, name, smaller)


@given(secrets, st.text())
def test_all_are_drawn_of_everything_and_none_of_nothing(secret: bytes, name: str) -> None:
    assert is_drawn(secret, AUDIT, name, 1)
    assert not is_drawn(secret, AUDIT, name, 0)


def test_what_a_draw_falls_by_never_changes() -> None:
    """Else the same videos would be drawn anew after an upgrade, and an audit begun before it would be another."""
    drawn = "".join(str(int(is_drawn(SECRET, AUDIT, name, 0.5))) for name in NAMES[:12])
    assert drawn == "000000000011"
