"""Plain tables: every usual form is read, every broken one is named by file, line, column, rule."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.data import sources
from sommelier.data.sources import delimited
from sommelier.data.sources.base import Sieve
from sommelier.data.sources.files import opened
from sommelier.errors import DataError, RowError, UsageError

GOOD = "user_id,item_id,rating,timestamp\nann,1,4,10\nbob,2,5,20\n"
ROWS = [
    {"user_id": "ann", "item_id": "1", "value": 4.0, "timestamp": 10},
    {"user_id": "bob", "item_id": "2", "value": 5.0, "timestamp": 20},
]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("events.csv", GOOD),
        ("events.csv.gz", GOOD),
        ("events.csv", "\ufeff" + GOOD),
        ("events.csv", GOOD.replace("\n", "\r\n")),
        ("events.csv", GOOD.rstrip("\n")),
        ("events.csv", GOOD + "\n\n"),
        ("events.csv", GOOD.encode("utf-16")),
        ("events.tsv", GOOD.replace(",", "\t")),
        ("events.txt", GOOD.replace(",", ";")),
        ("events.dat", GOOD.replace(",", "::")),
        ("events.csv", GOOD.replace(",", "|")),
        ("events.csv", 'user_id,"item_id",rating,timestamp\n"ann",1,4,10\nbob,"2","5",20\n'),
        ("events.tsv", '"user_id"\t"item_id"\t"rating"\t"timestamp"\n'
                       '"ann"\t"1"\t"4"\t"10"\n"bob"\t"2"\t"5"\t"20"\n'),
        ("events.csv", "userId,movieId,stars,ts\nann,1,4,10\nbob,2,5,20\n"),
        ("events.csv", "weight,reviewerID,asin,datetime\n4,ann,1,10\n5,bob,2,20\n"),
        ("events.jsonl", '{"user":"ann","item":1,"rating":4,"time":10}\n'
                         '{"user":"bob","item":2,"rating":5,"time":20}\n'),
        ("events.json", '[{"user":"ann","item":1,"rating":4,"time":10},'
                        '{"user":"bob","item":2,"rating":5,"time":20}]'),
        ("events.jsonl", "{'user': 'ann', 'item': '1', 'rating': 4.0, 'time': 10}\n"
                         "{'user': 'bob', 'item': '2', 'rating': 5.0, 'time': 20}\n"),
    ],
)  # fmt: skip
def test_a_log_is_read_in_any_usual_form(read_events, name, content):
    read = read_events(content, name=name)
    assert read.events.select("user_id", "item_id", "value", "timestamp").to_dicts() == ROWS
    assert read.items["item_id"].to_list() == ["1", "2"]


def test_parquet_is_read(tmp_path):
    path = tmp_path / "events.parquet"
    pl.DataFrame({"user": [7, 8], "item": [1.0, 2.0]}).write_parquet(path)
    assert sources.read_named(events=path).events.to_dicts() == [
        {"user_id": "7", "item_id": "1"},
        {"user_id": "8", "item_id": "2"},
    ]


def test_positions_put_events_in_order(read_events):
    read = read_events("user_id,item_id,position,rating,timestamp\na,1,2,,\nb,9,0,,\na,2,1,,\n")
    assert read.events.to_dicts() == [
        {"user_id": "a", "item_id": "2"},
        {"user_id": "a", "item_id": "1"},
        {"user_id": "b", "item_id": "9"},
    ]
    assert any("No times are known" in note for note in read.notes)


def test_another_encoding_is_read_and_said(write):
    items = write("items.csv", "item_id,title\n1,Amélie\n".encode("cp1252"))
    read = sources.read_named(items=items)
    assert read.items["title"].to_list() == ["Amélie"]
    assert "items.csv was read as cp1252, since it is no UTF-8." in read.notes


def test_cells_may_hold_separators_quotes_and_line_ends(write):
    items = write("items.csv", 'item_id,title\n1,"a, ""b""\nc"\n2,5" disk\n')
    assert sources.read_named(items=items).items["title"].to_list() == ['a, "b"\nc', '5" disk']


def test_times_in_mixed_forms_become_seconds(read_events):
    said = ["1700000000", "1700000000000", "2023-11-14T22:13:20Z", "2023-11-14 23:13:20+01:00", ""]
    lines = "".join(f"a,{row},{time}\n" for row, time in enumerate(said))
    read = read_events("user,item,time\n" + lines)
    assert read.events["timestamp"].to_list() == [1_700_000_000] * 4 + [None]


HEAD = "user_id,item_id,rating,timestamp\n"


@pytest.mark.parametrize(
    ("content", "line", "column", "rule"),
    [
        (HEAD + "a,1,4,10\nb,2\n", 3, "", "has 2 fields where the header has 4"),
        (HEAD + "a,1,4,10\n\nb,2,3,4,5\n", 4, "", "has 5 fields where the header has 4"),
        (HEAD + 'a,1,4,10\n"b\nb",2\n', 3, "", "has 2 fields"),
        (HEAD + "a,1,4,10\n,2,4,10\n", 3, "user_id", "the user is missing"),
        (HEAD + "a,,4,10\n", 2, "item_id", "the item is missing"),
        (HEAD + "a,1,4,10\nb,2,good,10\n", 3, "rating", "'good' is no number"),
        (HEAD + "a,1,4,10\nb,2,4,soon\n", 3, "timestamp", "'soon' is no time"),
        (HEAD + 'a,1,4,10\n"x\ny",2,4,10\nb,2,4,soon\n', 5, "timestamp", "'soon' is no time"),
        (HEAD + 'a,1,4,10\nb,2,"4,10\n', 3, "", "never closed"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_by_line_column_and_rule(read_events, content, line, column, rule):
    with pytest.raises(RowError) as caught:
        read_events(content)
    error = caught.value
    assert (error.file, error.line, error.column) == ("events.csv", line, column)
    assert rule in error.rule
    assert error.hint


def test_bad_rows_are_set_aside_when_asked(read_events):
    content = HEAD + "a,1,4,10\nb,2\nc,3,x,10\nd,4,5,soon\ne,5,1,11\nf,6,x,soon\n"
    read = read_events(content, skip=True)
    assert read.events["user_id"].to_list() == ["a", "e"]
    assert [(r.line, r.column) for r in read.rejects] == [
        (3, ""),
        (4, "rating"),
        (7, "rating"),
        (5, "timestamp"),
    ]
    assert read.rejects[0].text == "b,2"


def test_a_wrong_column_is_not_skipped_row_by_row(read_events):
    with pytest.raises(DataError, match="every one of its 2 rows is bad"):
        read_events(HEAD + "a,1,x,10\nb,2,y,10\n", skip=True)


def test_the_number_of_further_bad_rows_is_said(read_events):
    with pytest.raises(RowError, match="1 more such row in this file"):
        read_events(HEAD + "a,1,x,10\nb,2,y,10\nc,2,1,10\n")


def test_events_of_unknown_items_are_counted_and_the_first_is_named(read_events):
    items = "item_id,title\n1,One\n"
    content = "user,item\na,1\na,7\nb,8\nb,1\n"
    with pytest.raises(RowError, match=r"line 3.*item '7' is not among the items \(1 more"):
        read_events(content, items=items)
    read = read_events(content, items=items, skip=True)
    assert read.events["item_id"].to_list() == ["1", "1"]
    assert [(reject.line, reject.rule) for reject in read.rejects] == [
        (3, "the item '7' is not among the items"),
        (4, "the item '8' is not among the items"),
    ]


def test_an_item_that_stands_twice_alike_is_one_item(read_events):
    read = read_events("user,item\na,1\n", items="item_id,title\n1,One\n2,Two\n1,One\n")
    assert read.items["item_id"].to_list() == ["1", "2"]
    assert any("1 rows were repeats" in note for note in read.notes)


def test_an_item_that_stands_twice_differently_is_a_bad_row(read_events):
    items = "item_id,title\n1,One\n2,Two\n1,Uno\n"
    with pytest.raises(RowError, match=r"items\.csv, line 4.*'1' stands already"):
        read_events("user,item\na,1\n", items=items)
    read = read_events("user,item\na,1\n", items=items, skip=True)
    assert read.items["title"].to_list() == ["One", "Two"]


def test_an_item_without_id_is_a_bad_row(read_events):
    with pytest.raises(RowError, match="id is missing"):
        read_events("user,item\na,1\n", items="item_id,title\n1,One\n,Two\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "events.csv is empty"),
        ("user_id,item_id\n", "holds no rows"),
        ("user_id,thing\na,1\n", "no column is the item_id. Its columns are: user_id, thing"),
        ("userr,item_id\na,1\n", "Is it 'userr'"),
        ("user_id,item_id,item_id\na,1,2\n", "'item_id' stands twice"),
        (b"PK\x03\x04" + b"\x00" * 30, "no text file as its name says: its content is zip"),
        (b"\x1f\x8b" + b"\x00" * 30, "its content is gzip"),
        (b"PAR1" + b"\x00" * 30, "its content is parquet"),
        (b"user_id,item_id\na,\x00\n", "zero bytes"),
    ],
)
def test_a_file_that_cannot_be_a_log_is_refused(read_events, content, says):
    with pytest.raises(DataError, match=says) as caught:
        read_events(content)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("events.csv.gz", None, "no gzip file as its name says: its content is text"),
        ("events.parquet", None, "no parquet file"),
        ("events.jsonl", '{"user": "a", "item": 1}\nuser,item\n', "line 2.*no JSON object"),
        ("events.json", '[{"user": "a"', "begins like a JSON array"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_text(content or GOOD)
    with pytest.raises(DataError, match=says):
        sources.read_named(events=path)


def test_a_broken_archive_is_refused(tmp_path):
    path = tmp_path / "events.csv.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00broken")
    with pytest.raises(DataError, match="cannot be unpacked"):
        sources.read_named(events=path)


def test_a_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="no file or folder"):
        sources.read_named(events=tmp_path / "no.csv")


def test_something_must_be_named():
    with pytest.raises(UsageError):
        sources.read_named()


def test_a_folder_is_read_by_what_its_tables_hold(write):
    write("shop/README.md", "words")
    write("shop/sales.csv.gz", "user_id,item_id,rating,timestamp,position\na,1,,,0\n")
    write("shop/things.jsonl", '{"item_id": "1", "title": "One", "price": null}\n')
    path = write("shop/people.csv", "user_id,age\na,30\n")
    read = sources.read(path.parent)
    assert read.items.to_dicts() == [{"item_id": "1", "title": "One"}]
    assert read.users.to_dicts() == [{"user_id": "a", "age": "30"}]
    assert read.name == "shop"


def test_files_of_a_key_called_id_are_told_by_their_name(write):
    write("music/tags.dat", "tagID\ttagValue\n1\tmetal\n")
    write("music/user_friends.dat", "userID\tfriendID\n2\t3\n2\t4\n")
    write("music/artists.dat", 'id\tname\n51\tThe "Who"\n')
    path = write("music/user_artists.dat", "userID\tartistID\tweight\n2\t51\t13883\n")
    read = sources.read(path.parent)
    assert read.items.to_dicts() == [{"item_id": "51", "name": 'The "Who"'}]
    assert (read.users, read.noun) == (None, "artist")


def test_when_nothing_fits_all_known_forms_are_named(write):
    path = write("notes/a.csv", "x,y\n1,2\n")
    with pytest.raises(DataError, match="fits no known form") as caught:
        sources.read(path.parent)
    for word in ("MovieLens", "Amazon", "RecBole", "sequences", "table of events"):
        assert word in caught.value.hint


cells = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=6)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_what_csv_writes_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")
    frame.write_csv(path, quote_style="always")
    with opened(path) as files:
        read = delimited.read(files.only(), Sieve())
    assert read.frame.rows() == [(a or None, b or None) for a, b in rows]


@given(st.lists(st.lists(st.sampled_from(["", "1", "x y", "é"]), min_size=1, max_size=4)))
def test_the_quick_and_the_careful_way_agree_on_what_is_even(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    text = "a,b\n" + "".join(",".join(row) + "\n" for row in rows)
    path.write_text(text, "utf-8")
    good = [(row[0] or None, row[1] or None) for row in rows if len(row) == 2]
    with opened(path) as files:
        try:
            assert delimited.read(files.only(), Sieve("skip")).frame.rows() == good
        except DataError:
            assert not good
