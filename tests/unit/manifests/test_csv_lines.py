"""A CSV manifest becomes rows, whatever is wrong with some of them."""

import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise, repeat
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelsift.domain.video import ObjectRef
from reelsift.manifests.csv_lines import CsvRows, read_csv
from reelsift.manifests.manifest_row import BadRow, GoodRow, ManifestRow
from reelsift.manifests.physical_lines import MAX_LINE_BYTES


def read(text: str | bytes, columns: list[str] | None = None) -> list[ManifestRow]:
    return list(read_csv([text.encode() if isinstance(text, str) else text], columns))


def the_ref(text: str, columns: list[str] | None = None) -> ObjectRef:
    (row,) = read(text, columns)
    assert isinstance(row, GoodRow), row
    return row.ref


def the_complaint(text: str | bytes, columns: list[str] | None = None) -> str:
    (row,) = read(text, columns)
    assert isinstance(row, BadRow), row
    assert len(row.excerpt) <= 200
    return row.message


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("abc,k.mp4", ObjectRef("abc", "k.mp4")),
        ("abc,k.mp4,v1", ObjectRef("abc", "k.mp4", "v1")),
        ("abc,k.mp4,", ObjectRef("abc", "k.mp4")),
        ("abc,k.mp4,null", ObjectRef("abc", "k.mp4", "null")),
        ('"abc","k.mp4","v1"', ObjectRef("abc", "k.mp4", "v1")),
        ('"abc","say ""hi"", twice.mp4"', ObjectRef("abc", 'say "hi", twice.mp4')),
        (" abc , k.mp4 ", ObjectRef("abc", "k.mp4")),
        ('abc, "k.mp4"', ObjectRef("abc", "k.mp4")),
        ("Old_Bucket.Name,k", ObjectRef("Old_Bucket.Name", "k")),
        ("abc,a%20b+c%2Bd%2Ce", ObjectRef("abc", "a b c+d,e")),
        ("abc,M%C3%BCnchen.mp4", ObjectRef("abc", "München.mp4")),
        ("abc,München.mp4", ObjectRef("abc", "München.mp4")),
        ("abc,100%.mp4", ObjectRef("abc", "100%.mp4")),
        ("abc,a%250A.mp4", ObjectRef("abc", "a%0A.mp4")),
        ("abc,%20lead%0Aand%20trail%20", ObjectRef("abc", " lead\nand trail ")),
        ("s3://abc/a+b%20c, d.mp4", ObjectRef("abc", "a+b%20c, d.mp4")),
        ('s3://abc/say "hi"', ObjectRef("abc", 'say "hi"')),
        ('"s3://abc/k.mp4"', ObjectRef("abc", "k.mp4")),
        ("abc," + "k" * 1024, ObjectRef("abc", "k" * 1024)),
        ("\ufeffabc,k.mp4\r\n", ObjectRef("abc", "k.mp4")),
    ],
)
def test_a_row_names_an_object(text: str, ref: ObjectRef) -> None:
    assert the_ref(text) == ref


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("abc", "1 field"),
        ("abc,k,v,x", "4 fields"),
        ("abc;k", "1 field"),
        (",k", "bucket is empty"),
        ("abc,", "key is empty"),
        ("ab,k", "not a bucket name"),
        ("b" * 256 + ",k", "not a bucket name"),
        ("arn:aws:s3:::abc,k", "ARN"),
        ("https://abc.s3.amazonaws.com,k", "URL"),
        ("abc," + "k" * 1025, "1025 bytes"),
        ("abc," + "%C3%A9" * 513, "1026 bytes"),
        ("abc,a%00b", "NUL"),
        ("abc,a\tb", "control character"),
        ("abc,a\rb", "control character"),
        ("abc,%FF.mp4", "not UTF-8"),
        ("abc,%ED%A0%80", "not UTF-8"),
        ("abc,holiday, part 2.mp4", "%2C"),
        ('abc,"k.mp4', "quotes do not match"),
        ('abc,"k"x', "quotes do not match"),
        ("s3://abc", "names no key"),
        ("s3://abc/", "names no key"),
        ("s3:///k", "bucket is empty"),
        (b"abc,\xff.mp4", "not UTF-8"),
        (b"abc," + b"k" * MAX_LINE_BYTES, "64 KiB"),
    ],
)
def test_a_bad_row_says_what_is_wrong(text: str | bytes, complaint: str) -> None:
    assert complaint in the_complaint(text)


@pytest.mark.parametrize(
    "bad",
    [
        b'abc,"never closed',
        b'"',
        b"abc,\xff\xfe",
        b"\x00",
        b"x" * (3 * MAX_LINE_BYTES),
        b'"' + b"x" * (3 * MAX_LINE_BYTES),
        b"\xff" * (3 * MAX_LINE_BYTES),
    ],
    ids=lambda line: repr(line[:20]),
)
@pytest.mark.parametrize("size", [1, 1000, 10**9])
def test_a_bad_row_leaves_its_neighbours_alone(bad: bytes, size: int) -> None:
    data = b"abc,before\n" + bad + b"\nabc,after\n"
    before, spoilt, after = read_csv(data[start : start + size] for start in range(0, len(data), size))
    assert before == GoodRow(1, ObjectRef("abc", "before"))
    assert isinstance(spoilt, BadRow)
    assert spoilt.row == 2
    assert after == GoodRow(3, ObjectRef("abc", "after"))


def test_rows_are_numbered_as_an_editor_numbers_lines() -> None:
    assert [row.row for row in read("bucket,key\r\n\r\nabc,one\r\n  \nabc,two\nbad\n\nabc,three")] == [3, 5, 6, 8]


class TestColumns:
    def test_a_header_decides_the_order_and_adds_etag_and_size(self) -> None:
        ref = ObjectRef("abc", "k 1.mp4", "v1", "0123abcd", 5)
        assert (
            the_ref('Size,"E-Tag",Storage Class,key,BUCKET,Version_ID\n5,"""0123abcd""",STANDARD,k+1.mp4,abc,v1') == ref
        )

    def test_only_the_first_row_can_be_a_header(self) -> None:
        assert [row.row for row in read("abc,one\nbucket,key")] == [1, 2]

    def test_columns_can_be_given_as_a_batch_operations_job_gives_them(self) -> None:
        assert the_ref("x,abc,k,y", ["Ignore", "Bucket", "Key", "Ignore"]) == ObjectRef("abc", "k")

    def test_columns_without_a_key_are_refused(self) -> None:
        with pytest.raises(ValueError, match="must name Bucket and Key"):
            CsvRows(["Bucket", "Ignore"])

    @pytest.mark.parametrize(
        ("row", "complaint"),
        [
            ("abc,k,5", "3 fields where the columns are 4"),
            ("abc,k,five,", "size is not a number"),
            ("abc,k,٣,", "size is not a number"),
            ("abc,k,9999999999999999999,", "size is not a number"),
            ("abc,k,,two words", "ETag"),
        ],
    )
    def test_a_row_that_does_not_fit_its_columns_says_so(self, row: str, complaint: str) -> None:
        assert complaint in the_complaint("bucket,key,size,etag\n" + row)

    def test_an_empty_size_and_etag_are_unknown(self) -> None:
        assert the_ref('bucket,key,size,etag\nabc,k,,""""""') == ObjectRef("abc", "k")


KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=256)


@pytest.mark.parametrize(
    "row",
    [
        "abc,a%20b.mp4,v1,failed,access_denied,403,may not be read",
        'abc,a%20b.mp4,v1,failed,403,AccessDenied,"may not be read, or does not exist"',
        "abc,a%20b.mp4,v1,Succeeded,200,,Successful",
        "abc,a+b.mp4,v1,skipped,,,",
        "Bucket,Key,VersionId,TaskStatus,ErrorCode,HTTPStatusCode,ResultMessage\nabc,a+b.mp4,v1,failed,x,,",
    ],
    ids=["ours", "of AWS", "succeeded", "skipped", "with its header"],
)
def test_a_row_of_a_completion_report_names_its_object(row: str) -> None:
    assert the_ref(row) == ObjectRef("abc", "a b.mp4", "v1")


def test_seven_fields_without_a_status_are_no_completion_report() -> None:
    assert "the row has 7 fields; write bucket,key" in the_complaint("abc,k,v1,perhaps,403,AccessDenied,no")


@pytest.mark.parametrize(
    ("header", "time", "modified_ms"),
    [
        ("LastModifiedDate", "2026-07-31T00:00:00.500Z", 1_785_456_000_500),
        ("last_modified", "2026-07-31", 1_785_456_000_000),
        ("Last Modified Date", "2026-07-31T02:00:00+02:00", 1_785_456_000_000),
        ("LastModifiedDate", "", None),
    ],
)
def test_a_header_may_name_when_an_object_was_modified(header: str, time: str, modified_ms: int | None) -> None:
    assert read(f"bucket,key,{header}\nabc,k,{time}") == [GoodRow(2, ObjectRef("abc", "k"), modified_ms)]


def test_a_time_that_is_none_is_told() -> None:
    assert "the time is not in ISO 8601" in the_complaint("bucket,key,LastModified\nabc,k,yesterday")


@given(KEYS, st.sampled_from([quote, quote_plus]))
def test_every_key_can_be_written_with_either_way_of_encoding_a_space(key: str, encode: Callable[[str], str]) -> None:
    assert the_ref(f"abc,{encode(key)}") == ObjectRef("abc", key)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_where_the_bytes_are_cut_changes_nothing(data: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert list(read_csv(pieces)) == read(data)


LONG_LINES = st.lists(
    st.tuples(
        st.sampled_from([b" ", b"a", b"\xc3\xa9", b"\xff", b"\n", b"\r", b"\xef\xbb\xbf", b"abc,k"]),
        st.sampled_from([1, MAX_LINE_BYTES - 3, MAX_LINE_BYTES - 1, MAX_LINE_BYTES, MAX_LINE_BYTES + 1]),
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=50)  # up to 2 MiB an example
@given(LONG_LINES, st.sampled_from([997, MAX_LINE_BYTES - 1, MAX_LINE_BYTES, MAX_LINE_BYTES + 1]))
def test_where_long_lines_are_cut_changes_nothing(parts: list[tuple[bytes, int]], size: int) -> None:
    data = b"".join(piece * times for piece, times in parts)
    assert list(read_csv(data[start : start + size] for start in range(0, len(data), size))) == read(data)


MANIFESTS = st.lists(
    st.sampled_from([b"abc,k", b"\n", b"\r\n", b'"', b"bucket,key", b",", b"\xc3", b"\xa9", b"\xef\xbb\xbf", b" "])
    | st.binary(max_size=4)
).map(b"".join)


@given(MANIFESTS, st.integers(1, 7))
def test_no_bytes_make_it_raise_and_rows_stay_in_order(data: bytes, size: int) -> None:
    rows = list(read_csv(data[start : start + size] for start in range(0, len(data), size)))
    assert rows == read(data)
    numbers = [row.row for row in rows]
    assert numbers == sorted(set(numbers))
    assert all(1 <= number <= data.count(b"\n") + 1 for number in numbers)


def test_a_line_of_a_gigabyte_is_never_held() -> None:
    piece = b"x" * 2**20

    def endless() -> Iterator[bytes]:
        yield from repeat(piece, 1024)
        yield b"\nabc,after"

    tracemalloc.start()
    try:
        rows = list(read_csv(endless()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [row.row for row in rows] == [1, 2]
    assert peak < 2**20
