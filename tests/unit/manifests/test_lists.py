"""A list becomes rows, whatever is wrong with some of them."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise, repeat
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.filters import Lack
from reelsift.domain.line import RecordedAnswer
from reelsift.domain.video import ObjectRef
from reelsift.manifests.lists import ListRows, read_list
from reelsift.manifests.manifest_row import BadRow, GoodRow, ManifestRow
from reelsift.manifests.physical_lines import MAX_LINE_BYTES
from support.cases import every_case
from support.thoroughness import examples


def read(text: str | bytes, columns: list[str] | None = None) -> list[ManifestRow]:
    return list(read_list([text.encode() if isinstance(text, str) else text], columns))


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
    before, spoilt, after = read_list(data[start : start + size] for start in range(0, len(data), size))
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
            ListRows(["Bucket", "Ignore"])

    @pytest.mark.parametrize(
        ("row", "complaint"),
        [
            ("abc", "1 field where the columns are 4"),
            ("abc,k,5,,x", "5 fields where the columns are 4"),
            ("abc,,5,", "the key is empty"),
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


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("bucket,key,LastModified\nabc,k,yesterday", GoodRow(2, ObjectRef("abc", "k"), None, (Lack.MODIFIED,))),
        ("bucket,key,size\nabc,k,five", GoodRow(2, ObjectRef("abc", "k"), None, (Lack.SIZE,))),
        ("bucket,key,size\nabc,k,٣", GoodRow(2, ObjectRef("abc", "k"), None, (Lack.SIZE,))),
        ("bucket,key,size\nabc,k,9999999999999999999", GoodRow(2, ObjectRef("abc", "k"), None, (Lack.SIZE,))),
        ("bucket,key,size\nabc,k,1.5e3", GoodRow(2, ObjectRef("abc", "k", size=1500))),
        ('bucket,key,size\nabc,k,"3,691"', GoodRow(2, ObjectRef("abc", "k", size=3691))),
        ("bucket,key,size\nabc,k,None", GoodRow(2, ObjectRef("abc", "k"))),
        ("bucket,key,etag\nabc,k,two words", GoodRow(2, ObjectRef("abc", "k"))),
        ("bucket,key,size\nabc,k,5,,", GoodRow(2, ObjectRef("abc", "k", size=5))),
        ("bucket,key,versionid\nabc,k,None", GoodRow(2, ObjectRef("abc", "k"))),
        ("bucket,key,size,title\nabc,k,5", GoodRow(2, ObjectRef("abc", "k", size=5))),
        ('bucket,key,title\nabc,k,"two\n\nlines, with ""quotes"""', GoodRow(2, ObjectRef("abc", "k"))),
        ('uri;title\ns3://abc/k;"two\r\nlines; more"', GoodRow(2, ObjectRef("abc", "k"))),
        ('bucket\tkey\ttitle\nabc\tk\t"Best" of', GoodRow(2, ObjectRef("abc", "k"))),
        ('title,bucket,key\n"never closed,abc,k', GoodRow(2, ObjectRef("abc", "k"))),
        ('bucket,key,title\nabc,k,"escaped \\"as Spark does\\", here"', GoodRow(2, ObjectRef("abc", "k"))),
        ('{"bucket": "abc", "key": "k", "size": NaN, "etag": NaN}', GoodRow(1, ObjectRef("abc", "k"))),
        (
            f'{{"bucket": "abc", "key": "k", "modified": {"9" * 400}}}',
            GoodRow(1, ObjectRef("abc", "k"), None, (Lack.MODIFIED,)),
        ),
        ('[{"bucket": "abc", "key": "k", "size": NaN, "modified": -Infinity}]', GoodRow(1, ObjectRef("abc", "k"))),
        ("bucket,key,versionid\nabc,k,null", GoodRow(2, ObjectRef("abc", "k", "null"))),
        ('{"bucket": "abc", "key": "k", "size": "1.5e3"}', GoodRow(1, ObjectRef("abc", "k", size=1500))),
        ('{"bucket": "abc", "key": "k", "size": [], "etag": 5}', GoodRow(1, ObjectRef("abc", "k"), None, (Lack.SIZE,))),
    ],
)
def test_what_a_row_tells_beside_its_object_never_spoils_it(text: str, row: GoodRow) -> None:
    assert read(text) == [row]


@pytest.mark.parametrize(
    "text",
    [
        "2022-10-14 16:21:18.000 UTC",
        "2022-10-14T16:21:18Z",
        "2022-10-14T18:21:18+0200",
        "2022/10/14 16:21:18",
        "Fri, 14 Oct 2022 16:21:18 GMT",
        "1665764478",
        "1665764478.000",
        "1665764478000",
        "1665764478000000",
        "1665764478000000000",
        "/Date(1665764478000)/",
        "44848.6814583333",
    ],
)
def test_a_time_is_read_as_tools_write_it(text: str) -> None:
    (row,) = read(f'bucket,key,last_modified\nabc,k,"{text}"')
    assert isinstance(row, GoodRow)
    assert row.modified_ms == pytest.approx(1_665_764_478_000, abs=1000)


@pytest.mark.parametrize(
    "text", ["14.10.2022", "10/14/2022 4:21 PM", "now", "1" * 200, "0000-00-00", "9" * 19, "Fri 1"]
)
def test_a_time_of_which_nobody_can_tell_is_as_good_as_not_there(text: str) -> None:
    (row,) = read(f"bucket,key,last_modified\nabc,k,{text}")
    assert isinstance(row, GoodRow)
    assert row.ref == ObjectRef("abc", "k")


@pytest.mark.parametrize(
    ("text", "size"),
    [("1.234.567", 1_234_567), ("1 234 567", 1_234_567), ("1'234'567", 1_234_567), ("1.234", None), ("123.000", None)],
)
def test_a_size_is_read_where_its_groups_leave_no_doubt(text: str, size: int | None) -> None:
    (row,) = read(f"bucket;key;size\nabc;k;{text}")
    assert row == GoodRow(2, ObjectRef("abc", "k", size=size), None, () if size else (Lack.SIZE,))


class TestSeparators:
    @pytest.mark.parametrize("separator", list(",\t;|"))
    @pytest.mark.parametrize("header", ["", "Bucket{}Key\n", "key{}BUCKET\n"])
    def test_fields_may_stand_between_any_of_them(self, separator: str, header: str) -> None:
        fields = ("k 1,2.mp4", "abc") if header.startswith("key") else ("abc", "k 1%2C2.mp4")
        text = header.format(separator) + separator.join(f'"{field}"' for field in fields)
        assert the_ref(text) == ObjectRef("abc", "k 1,2.mp4")

    def test_a_spreadsheet_names_its_own(self) -> None:
        assert the_ref("sep=;\r\nBucket;Key\r\nabc;k.mp4\r\n") == ObjectRef("abc", "k.mp4")

    def test_each_row_is_understood_by_itself_where_there_is_no_header(self) -> None:
        rows = read("abc;k;1.mp4\nabc,k;2.mp4\nabc\tk,3.mp4\nabc|k4.mp4\n")
        assert [row.ref.key for row in rows if isinstance(row, GoodRow)] == ["k", "k;2.mp4", "k,3.mp4", "k4.mp4"]


class TestEncodings:
    @pytest.mark.parametrize(
        ("start", "encoding"),
        [
            (b"\xff\xfe", "utf-16-le"),
            (b"\xfe\xff", "utf-16-be"),
            (b"", "utf-16-le"),
            (b"", "utf-16-be"),
            (b"\xef\xbb\xbf", "utf-8"),
        ],
    )
    @pytest.mark.parametrize(
        "text", ["abc,Größe 🎥.mp4\r\nabc,k", '[{"bucket": "abc", "key": "Größe 🎥.mp4"}, "s3://abc/k"]']
    )
    @pytest.mark.parametrize("size", [1, 3, 1000])
    def test_utf_16_is_read(self, start: bytes, encoding: str, text: str, size: int) -> None:
        data = start + text.encode(encoding)
        rows = list(read_list(data[place : place + size] for place in range(0, len(data), size)))
        assert rows == [GoodRow(1, ObjectRef("abc", "Größe 🎥.mp4")), GoodRow(2, ObjectRef("abc", "k"))]

    @pytest.mark.parametrize("end", [b"x", b"\x00\xd8"])
    def test_half_a_character_spoils_its_row(self, end: bytes) -> None:
        good, bad = read(b"\xff\xfe" + "abc,k\nabc,l".encode("utf-16-le") + end)
        assert isinstance(good, GoodRow)
        assert isinstance(bad, BadRow)


class TestExcelOnWindows:
    """What it calls CSV is not UTF-8."""

    def test_a_header_is_known_all_the_same(self) -> None:
        text = "Bucket;Key;Größe\r\nabc;k.mp4;1234\r\n"
        assert read(text.encode("cp1252")) == [GoodRow(2, ObjectRef("abc", "k.mp4"))]

    def test_columns_under_an_unknown_header_are_never_taken_by_position(self) -> None:
        first, second = read("Behälter,Schlüssel,Größe\nabc,k.mp4,12\n".encode("cp1252"))
        assert isinstance(first, BadRow)
        assert first.excerpt == "Behälter,Schlüssel,Größe"
        assert isinstance(second, BadRow)

    @pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
    @pytest.mark.parametrize(
        "text",
        [
            "bucket,key,context.title\nabc,k,{}",
            "context.title,uri\n{},s3://abc/k",
            'bucket,key,context.title\nabc,k,"{}"',
        ],
    )
    def test_what_a_row_tells_beside_its_object_never_spoils_it(self, text: str, encoding: str) -> None:
        title = "Größe €\nschön" if '"' in text else "Größe € schön"
        (row,) = read(text.format(title).encode(encoding))
        assert isinstance(row, GoodRow)
        assert row.ref == ObjectRef("abc", "k")
        assert dict(row.context or ()) == {"title": title}

    @pytest.mark.parametrize(
        "text",
        [
            "abc,ä.mp4",
            "abc,k,ä",
            "s3://abc/ä.mp4",
            "bucket,key\nabc,ä.mp4",
            "uri,title\ns3://abc/ä.mp4,x",
            "bucket,key,version\nabc,k,ä",
            "key,title,bucket\nä.mp4,x,abc",
            'title,bucket,key\n"a\nb",abc,ä.mp4',
            "https://abc.s3.amazonaws.com/ä.mp4",
            '{"bucket": "abc", "key": "k", "title": "ä"}',
        ],
    )
    def test_no_object_is_named_by_a_guess(self, text: str) -> None:
        rows = read(text.encode("cp1252"))
        assert rows
        assert all(isinstance(row, BadRow) for row in rows)
        assert any("not UTF-8" in row.message for row in rows if isinstance(row, BadRow))


LOCATIONS = [
    "s3://abc/k 1+2.mp4",
    "S3://abc/k 1+2.mp4",
    "s3a://abc/k 1+2.mp4",
    "s3n://abc/k 1+2.mp4",
    "arn:aws:s3:::abc/k 1+2.mp4",
    "arn:aws-cn:s3:::abc/k 1+2.mp4",
    "ARN:aws-us-gov:s3:::abc/k 1+2.mp4",
    "https://abc.s3.amazonaws.com/k+1%2B2.mp4",
    "https://abc.s3.eu-west-1.amazonaws.com/k%201%2B2.mp4",
    "https://abc.s3-us-west-2.amazonaws.com/k+1%2b2.mp4",
    "https://abc.s3.dualstack.us-gov-west-1.amazonaws.com/k+1%2B2.mp4",
    "https://abc.s3-accelerate.amazonaws.com/k+1%2B2.mp4",
    "https://abc.s3-accelerate.dualstack.amazonaws.com/k+1%2B2.mp4",
    "https://abc.s3-fips.us-east-1.amazonaws.com/k+1%2B2.mp4",
    "https://abc.s3-website-us-east-1.amazonaws.com/k+1%2B2.mp4",
    "https://abc.s3.cn-north-1.amazonaws.com.cn/k+1%2B2.mp4",
    "HTTPS://abc.S3.amazonaws.com:443/k+1%2B2.mp4",
    "http://s3.amazonaws.com/abc/k+1%2B2.mp4",
    "https://s3.ap-southeast-2.amazonaws.com/abc/k+1%2B2.mp4",
    "https://s3-ap-southeast-2.amazonaws.com/abc/k+1%2B2.mp4",
    "https://s3.dualstack.eu-central-1.amazonaws.com/abc/k+1%2B2.mp4",
    "https://abc.s3.amazonaws.com/k+1%2B2.mp4?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0a#t=5",
    "https://eu-west-1.console.aws.amazon.com/s3/object/abc?region=eu-west-1&prefix=k%201%2B2.mp4",
    "https://s3.console.aws.amazon.com/s3/object/abc?prefix=k+1%2B2.mp4",
]


class TestLocations:
    @pytest.mark.parametrize(
        "text", ["{}", '"{}"', '["{}"]', '{{"uri": "{}"}}', '"{}",Title,2024', "S3 URI\n{}", 'Title,URL\nOne,"{}"']
    )
    def test_an_object_is_read_wherever_it_stands(self, text: str) -> None:
        with every_case() as case:
            for location in LOCATIONS:
                with case(location):
                    assert the_ref(text.format(location)) == ObjectRef("abc", "k 1+2.mp4")

    def test_a_url_may_name_a_version(self) -> None:
        url = "https://my.old.bucket.s3.amazonaws.com/k.mp4?versionId=v1&response-content-type=x"
        assert the_ref(url) == ObjectRef("my.old.bucket", "k.mp4", "v1")

    def test_other_columns_end_a_url_and_a_tab_ends_any_location(self) -> None:
        text = "https://abc.s3.amazonaws.com/k.mp4,Title,2024\ns3://abc/k.mp4\tTitle\n"
        assert [row.ref.key for row in read(text) if isinstance(row, GoodRow)] == ["k.mp4", "k.mp4"]

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("https://example.com/k.mp4", "the URL is none of an object in S3: write s3://bucket/key"),
            ("https://abc.s3.amazonaws.com/", "the URL names no key"),
            ("https://abc.s3.amazonaws.com.evil.example/k", "none of an object in S3"),
            ("https://ap-1.s3-accesspoint.eu-west-1.amazonaws.com/k", "one of an access point"),
            ("arn:aws:s3:eu-west-1:123456789012:accesspoint/ap/object/k", "ARN of an access point"),
            ("arn:aws:iam::123456789012:role/x", "the ARN names no object"),
            ("arn:aws:s3:::abc", "the ARN names no key"),
            ("https://abc.s3.amazonaws.com/%ff", "not UTF-8"),
            ("https://" + "a." * 100_000 + "s3.amazonaws.com/k", "none of an object in S3"),
            ("https://abc.s3.amazonaws.com/k?versionId=%ff", "query cannot be read"),
            ("gs://abc/k.mp4", "1 field"),
        ],
    )
    def test_what_is_no_object_of_s3_is_told(self, text: str, complaint: str) -> None:
        assert complaint in the_complaint(text if len(text) < MAX_LINE_BYTES else text[:50_000])


class TestHeaders:
    @pytest.mark.parametrize(
        "header",
        [
            "BucketName,Key,Size",
            "bucketname,s3key,size",
            "S3 Bucket,Object Key,Size (bytes)",
            "s3_bucket,s3ObjectName,bytes",
            "Bucket,Name,ContentLength",
            "source_bucket,source_key,object_size",
            "S3BucketArn,S3Key,x",
            "Bucket,Path,x",
        ],
    )
    def test_columns_are_known_by_the_names_that_tools_write(self, header: str) -> None:
        assert the_ref(f"{header}\nabc,k.mp4,3691").key == "k.mp4"

    @pytest.mark.parametrize(
        "bucket", ["s3://abc", "s3://abc/", "arn:aws:s3:::abc", "https://abc.s3.eu-west-1.amazonaws.com/"]
    )
    def test_a_bucket_may_be_written_as_a_location(self, bucket: str) -> None:
        assert the_ref(f"Bucket,Key,Size\n{bucket},k 1.mp4,5") == ObjectRef("abc", "k 1.mp4", size=5)
        assert the_ref(f"Key,Bucket\nk 1.mp4,{bucket}") == ObjectRef("abc", "k 1.mp4")
        assert the_ref(f"Bucket,Key\n{bucket},s3://abc/k") == ObjectRef("abc", "k")

    @pytest.mark.parametrize(
        "header", ["s3_uri", "URI", "url", "S3 Path", "Video URL", "location", "objectArn", "link"]
    )
    def test_one_column_may_say_all(self, header: str) -> None:
        assert the_ref(f'{header}\n"s3://abc/a,b.mp4"').key == "a,b.mp4"
        assert the_ref(f"Title;{header}\nOne;s3://abc/k.mp4").key == "k.mp4"

    @pytest.mark.parametrize(
        "header",
        [
            "Behälter,Schlüssel,Größe",
            "Container,Blob,Length",
            "container,blob,length",
            "Col A,B1,C2",
            "S3 Behälter,Objekt,Größe [MB]",
            "Nr.,Objekt,Größe?",
        ],
    )
    def test_columns_under_an_unknown_header_are_never_taken_by_position(self, header: str) -> None:
        first, second = read(f"{header}\nabc,k.mp4,3691")
        assert isinstance(first, BadRow)
        assert isinstance(second, BadRow)
        assert "the row reads like a header" in first.message
        assert "the first row reads like a header" in second.message

    def test_under_an_unknown_header_a_location_is_read_all_the_same(self) -> None:
        _, second = read("Clip No,Where\n7,s3://abc/k.mp4")
        assert second == GoodRow(2, ObjectRef("abc", "k.mp4"))

    def test_a_header_may_have_line_breaks(self) -> None:
        assert the_ref('"Size\n(MB)";Bucket;Key\n12;abc;k.mp4') == ObjectRef("abc", "k.mp4")
        first, second = read('Behälter Nr,Objekt,"Größe\n(MB)"\nabc,k.mp4,12')
        assert isinstance(first, BadRow)
        assert isinstance(second, BadRow)

    def test_a_header_of_hive_names_the_table_too(self) -> None:
        assert the_ref("v.bucket\tv.key\tv.size\nabc\tk.mp4\t12") == ObjectRef("abc", "k.mp4", size=12)
        with pytest.raises(ValueError, match="must name Bucket and Key"):
            ListRows(["context.bucket", "context.key"])

    @pytest.mark.parametrize(
        "before",
        [
            '#TYPE Amazon.S3.Model.S3Object\n"BucketName","Key","Size"\n',
            "# two comments\n# before it\nbucket,key,size\n",
            "My export,,\n,,\nBucket,Key,Size [MB]\n",
            "Mein Export;;\nErstellt;01.02.2026;\nBucket;Key;Size\n",
            "Exported by,Ann\nOn,2026-01-01\nbucket,key,size\n",
            "+--------+-----+------+\n| bucket | key | size |\n+--------+-----+------+\n",
            "| Bucket | Key | Size |\n| ------ | :-- | ---: |\n",
            "oops\nURI\n",
        ],
    )
    def test_what_stands_before_a_header_does_not_hide_it(self, before: str) -> None:
        row = {"+": "| abc | k.mp4 | 12 |", "|": "| abc | k.mp4 | 12 |", "o": "s3://abc/k.mp4"}.get(before[0])
        if row is None:
            row = "abc;k.mp4;12" if ";" in before else "abc,k.mp4,12"
        found = [one for one in read(f"{before}{row}\n,,,\n") if isinstance(one, GoodRow)]
        assert [(one.ref.bucket, one.ref.key, one.ref.version_id) for one in found] == [("abc", "k.mp4", None)]

    def test_a_header_may_be_repeated_as_where_lists_were_joined(self) -> None:
        rows = read('"bucket","key"\nabc,a\n\ufeff"bucket","key"\nabc,b\n\x1a')
        assert rows == [GoodRow(2, ObjectRef("abc", "a")), GoodRow(4, ObjectRef("abc", "b"))]
        rows = read("\ufeffabc,a\n\ufeffabc,b\n\x1a")
        assert rows == [GoodRow(1, ObjectRef("abc", "a")), GoodRow(2, ObjectRef("abc", "b"))]

    @pytest.mark.parametrize(
        "rows",
        [
            'abc,k,"never closed\nabc,l,x',
            'abc,k,"never closed\nabc,l,"y"',
            'abc,"k\nabc,l,x',
            'def,k,"never closed\n' + "word\n" * 60 + "abc,l,x",
            'def,k,"never closed\n' + "x" * 70_000 + "\nabc,l,x",
            'def,k,"never closed\n{}\nabc,l,x',
        ],
        ids=range(6),
    )
    def test_a_quote_that_is_never_closed_swallows_no_row(self, rows: str) -> None:
        found = read(f"bucket,key,title\n{rows}")
        # Its own row is bad where the quote stands in the key.
        assert isinstance(found[0], BadRow if '"k' in rows else GoodRow)
        assert isinstance(found[-1], GoodRow)
        assert found[-1].ref == ObjectRef("abc", "l")
        assert [row.row for row in found] == sorted({row.row for row in found})

    def test_a_key_over_several_lines_is_no_object(self) -> None:
        first, second, third = read('bucket,key\nabc,"k\nl.mp4"\nabc,m')
        assert isinstance(first, BadRow)
        assert isinstance(second, BadRow)
        assert third == GoodRow(4, ObjectRef("abc", "m"))

    @pytest.mark.parametrize("first", ["oops", "Videos,intro", "My videos"])
    def test_a_first_row_of_another_kind_spoils_no_neighbour(self, first: str) -> None:
        assert read(f"{first}\nabc,k,v1")[1] == GoodRow(2, ObjectRef("abc", "k", "v1"))

    @pytest.mark.parametrize(
        "first", ["_" * 60_000 + "!,b", "a " * 30_000 + "!", "A_" * 30_000 + ",B", '",' * 20_000, "{" * 60_000]
    )
    def test_no_first_row_takes_for_ever(self, first: str) -> None:
        started = time.process_time()
        assert read(f"{first}\nabc,k.mp4")
        assert time.process_time() - started < 5

    def test_a_list_of_plain_names_is_no_header(self) -> None:
        text = "videos,intro\nvideos,clip.mp4\nothers,clip.mp4"
        assert [row.ref.key for row in read(text) if isinstance(row, GoodRow)] == ["intro", "clip.mp4", "clip.mp4"]


class TestPrintedListings:
    @pytest.mark.parametrize(
        "line",
        [
            "2026/01/01 10:00:00          1234567  s3://abc/k 1,2.mp4",
            "2026-01-01 10:00      1234567  s3://abc/k 1,2.mp4",
            "-rw-rw-rw-   1 hadoop hadoop       1234 2026-01-01 10:00 s3a://abc/k 1,2.mp4",
        ],
    )
    def test_a_location_may_follow_date_and_size(self, line: str) -> None:
        assert the_ref(line) == ObjectRef("abc", "k 1,2.mp4")

    def test_a_listing_without_a_bucket_is_named(self) -> None:
        assert "`aws s3 ls`" in the_complaint("2026-01-01 10:00:00    1234567 2026/party one.mp4")

    def test_carriage_returns_alone_are_named(self) -> None:
        assert "carriage returns alone" in the_complaint("bucket,key\rabc,k\rabc,l\r")

    @pytest.mark.parametrize("text", ["2026-01-01 " * 6_000, "- 2026-01-01 " + " " * 60_000, "-" * 60_000 + "s3://a"])
    def test_no_line_takes_for_ever(self, text: str) -> None:
        started = time.process_time()
        read(text)
        assert time.process_time() - started < 5


class TestJson:
    @pytest.mark.parametrize(
        "text",
        [
            '{"Item": {"id": {"N": "7"}, "Bucket": {"S": "abc"}, "Key": {"S": "a+b"}, "size": {"N": "5"}}}',
            '{"bucket": {"S": "abc"}, "key": {"S": "a+b"}, "size": {"N": "5"}, "etag": {"NULL": true}}',
        ],
    )
    def test_an_item_of_dynamodb_names_an_object(self, text: str) -> None:
        assert read(text) == [GoodRow(1, ObjectRef("abc", "a+b", size=5))]
        assert read(f"[{text}]") == [GoodRow(1, ObjectRef("abc", "a+b", size=5))]

    @pytest.mark.parametrize("text", ['{"key": "s3://abc/k.mp4", "size": 5}', '{"source-ref": "s3://abc/k.mp4"}'])
    def test_a_location_may_be_called_otherwise(self, text: str) -> None:
        assert the_ref(text).uri == "s3://abc/k.mp4"

    def test_each_line_may_be_an_object(self) -> None:
        text = '{"bucket": "abc", "key": "a+b%20c.mp4"}\n\n{"Key": "d", "BucketName": "abc", "VersionId": "v"},\n'
        assert read(text) == [GoodRow(1, ObjectRef("abc", "a+b%20c.mp4")), GoodRow(3, ObjectRef("abc", "d", "v"))]

    def test_an_object_may_take_several_lines(self) -> None:
        text = '{\n  "bucket": "abc",\n  "key": "}{",\n "x": {"y": []}\n}\n{"bucket": "abc", "key": "b"}'
        assert read(text) == [GoodRow(1, ObjectRef("abc", "}{")), GoodRow(6, ObjectRef("abc", "b"))]

    @pytest.mark.parametrize(
        "text",
        [
            '[{"bucket": "abc", "key": "a"}, "s3://abc/b", {"Video": {"S3Object": {"Bucket": "abc", "Name": "c"}}}]',
            (
                '[\n  {\n "bucket": "abc",\n "key": "a"\n},\n"s3://abc/b"\n]\n'
                '[{"bucket": {"name": "abc"}, "object": {"key": "c"}}]'
            ),
            '["s3://abc/a",\n"s3://abc/b",\n"s3://abc/c"',
        ],
    )
    @pytest.mark.parametrize("size", [1, 7, 10_000])
    def test_an_array_is_read_value_by_value(self, text: str, size: int) -> None:
        data = text.encode()
        rows = list(read_list(data[start : start + size] for start in range(0, len(data), size)))
        assert rows == [GoodRow(row, ObjectRef("abc", key)) for row, key in enumerate("abc", 1)]

    @pytest.mark.parametrize(
        "bad", ["7", "{}", '{"bucket": "abc"}', '"x', "{'bucket': 1}", "[[[]]]", "nul", '{"a": "\n"}']
    )
    def test_a_bad_value_leaves_its_neighbours_alone(self, bad: str) -> None:
        before, *spoilt, after = read(f'["s3://abc/a",{bad}\n,"s3://abc/b"]')
        assert before == GoodRow(1, ObjectRef("abc", "a"))
        assert all(isinstance(row, BadRow) for row in spoilt)
        assert isinstance(after, GoodRow)
        assert after.ref == ObjectRef("abc", "b")

    @pytest.mark.parametrize("bad", ['{"bucket": "abc", "key', "{", "{oops", '{"bucket": "abc",', "{" * 2000])
    def test_a_bad_object_leaves_the_lines_around_it_alone(self, bad: str) -> None:
        before, *spoilt, after = read(f"abc,a\n{bad}\nabc,b")
        assert (before, after) == (GoodRow(1, ObjectRef("abc", "a")), GoodRow(3, ObjectRef("abc", "b")))
        assert [row.row for row in spoilt] == [2]

    def test_a_value_of_a_gigabyte_is_never_held(self) -> None:
        def endless() -> Iterator[bytes]:
            yield b'["'
            yield from repeat(b"x" * 2**20, 256)
            yield b'", "s3://abc/after"]'

        tracemalloc.start()
        try:
            rows = list(read_list(endless()))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert [type(row) for row in rows] == [BadRow, GoodRow]
        assert peak < 8 * 2**20

    def test_many_bad_values_take_no_longer_than_good_ones(self) -> None:
        started = time.process_time()
        assert len(read("[{}," + "x," * 100_000 + "]")) == 100_001
        assert time.process_time() - started < 10


@given(KEYS, st.sampled_from([quote, quote_plus]))
def test_every_key_can_be_written_with_either_way_of_encoding_a_space(key: str, encode: Callable[[str], str]) -> None:
    assert the_ref(f"abc,{encode(key)}") == ObjectRef("abc", key)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_where_the_bytes_are_cut_changes_nothing(data: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert list(read_list(pieces)) == read(data)


LONG_LINES = st.lists(
    st.tuples(
        st.sampled_from([b" ", b"a", b"\xc3\xa9", b"\xff", b"\n", b"\r", b"\xef\xbb\xbf", b"abc,k"]),
        st.sampled_from([1, MAX_LINE_BYTES - 3, MAX_LINE_BYTES - 1, MAX_LINE_BYTES, MAX_LINE_BYTES + 1]),
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=examples(20))  # up to 2 MiB an example
@given(LONG_LINES, st.sampled_from([997, MAX_LINE_BYTES - 1, MAX_LINE_BYTES, MAX_LINE_BYTES + 1]))
def test_where_long_lines_are_cut_changes_nothing(parts: list[tuple[bytes, int]], size: int) -> None:
    data = b"".join(piece * times for piece, times in parts)
    assert list(read_list(data[start : start + size] for start in range(0, len(data), size))) == read(data)


MANIFESTS = st.lists(
    st.sampled_from([b"abc,k", b"\n", b"\r\n", b'"', b"bucket,key", b",", b"\xc3", b"\xa9", b"\xef\xbb\xbf", b" "])
    | st.binary(max_size=4)
).map(b"".join)


@given(MANIFESTS, st.integers(1, 7))
def test_no_bytes_make_it_raise_and_rows_stay_in_order(data: bytes, size: int) -> None:
    rows = list(read_list(data[start : start + size] for start in range(0, len(data), size)))
    assert rows == read(data)
    numbers = [row.row for row in rows]
    assert numbers == sorted(set(numbers))
    # An array's rows are its values, of which a line may hold many.
    is_array = data.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"[")
    assert is_array or all(1 <= number <= data.count(b"\n") + 1 for number in numbers)


def test_a_line_of_a_gigabyte_is_never_held() -> None:
    piece = b"x" * 2**20

    def endless() -> Iterator[bytes]:
        yield from repeat(piece, 1024)
        yield b"\nabc,after"

    tracemalloc.start()
    try:
        rows = list(read_list(endless()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [row.row for row in rows] == [1, 2]
    assert peak < 2**20


ANSWERED = "s3://kept/a/1.json"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (f"bucket,key,etag,answer,analysis\nabc,k,,{ANSWERED},moderation", (ANSWERED, Analysis.CONTENT_MODERATION)),
        (f"Bucket;Key;Answer\nabc;k;{ANSWERED}", (ANSWERED, None)),
        ("bucket,key,answer,analysis\nabc,k,s3://kept/a/,", ("s3://kept/a/", None)),
        (f'{{"bucket": "abc", "key": "k", "answer": "{ANSWERED}", "analysis": "labels"}}', (ANSWERED, Analysis.LABELS)),
        ('{"bucket": "abc", "key": "k", "answer": ["no"]}', None),
        (f"bucket,key,answer,analysis\nabc,k,{ANSWERED},nudity", None),
        ("bucket,key,answer\nabc,k,yes", None),
        ("bucket,key,answer\nabc,k,s3://kept/", None),
        ("bucket,key\nabc,k", None),
    ],
)
def test_a_row_may_tell_where_a_recorded_answer_lies(text: str, answer: tuple[str, Analysis | None] | None) -> None:
    (row,) = read(text)
    assert isinstance(row, GoodRow)
    assert row.ref == ObjectRef("abc", "k")
    assert row.answer == (None if answer is None else RecordedAnswer(*answer))
