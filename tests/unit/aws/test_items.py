from hypothesis import given
from hypothesis import strategies as st

from reelsift.aws.items import pack, unpack

values = st.recursive(
    st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False, min_value=-(2**53), max_value=2**53).filter(
        lambda number: abs(number) > 1e-60 or number == 0
    )
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1), values, max_size=4))
def test_what_goes_into_an_item_comes_out_of_it_exactly(row: dict[str, object]) -> None:
    assert unpack(pack(row)) == row


def test_none_is_no_attribute_so_that_sparse_indexes_stay_sparse() -> None:
    assert pack({"open": None, "state": "CLOSED"}) == {"state": {"S": "CLOSED"}}
