"""Known downloads, hand-written in small, are read without being told what they are."""

import pytest

from sommelier.data import sources
from sommelier.errors import DataError, RowError

HUNDRED_K = {
    "ml-100k/u.data": "7\t1\t5\t881250949\n7\t2\t3\t881250950\n",
    "ml-100k/u.item": (
        "1|Toy Story (1995)|01-Jan-1995||http://a.org/1|0|1|1\n"
        "2|Am\xe9lie (2001)|||http://a.org/2|1|0|0\n"
    ).encode("latin-1"),
    "ml-100k/u.genre": "unknown|0\nAnimation|1\nComedy|2\n\n",
    "ml-100k/u.user": "7|24|M|technician|85711\n",
    "ml-100k/u1.base": "7\t1\t5\t881250949\n",
}
ONE_M = {
    "ratings.dat": "7::1::5::978300760\n",
    "movies.dat": '1::Léon: The "Pro" (1994)::Crime|Drama\n'.encode("latin-1"),
    "users.dat": "7::F::1::10::48067\n",
}
LATER = {
    "ml/ratings.csv": "userId,movieId,rating,timestamp\r\n7,1,4.5,978300760\r\n",
    "ml/movies.csv": 'movieId,title,genres\r\n1,"Net, The (1995)",Action|Crime\r\n2,X (1999),\r\n',
    "ml/tags.csv": "userId,movieId,tag,timestamp\r\n7,1,Dark ,1\r\n8,1,dark,2\r\n8,1,fun,2\r\n",
    "ml/README.txt": "words",
}


def test_movielens_100k(write):
    read = sources.read(write("ml-100k.zip", HUNDRED_K))
    assert read.events.to_dicts() == [
        {"user_id": "7", "item_id": "1", "value": 5.0, "timestamp": 881250949,
         "event_type": "rating"},
        {"user_id": "7", "item_id": "2", "value": 3.0, "timestamp": 881250950,
         "event_type": "rating"},
    ]  # fmt: skip
    assert read.items["title"].to_list() == ["Toy Story (1995)", "Amélie (2001)"]
    assert read.items["genres"].to_list() == [["Animation", "Comedy"], []]
    assert read.users["occupation"].to_list() == ["technician"]
    assert read.noun == "film"


def test_movielens_1m(write):
    read = sources.read(write("ml-1m.zip", ONE_M))
    assert read.items.to_dicts() == [
        {"item_id": "1", "title": 'Léon: The "Pro" (1994)', "genres": "Crime|Drama"}
    ]
    assert read.events["timestamp"].to_list() == [978300760]
    assert read.users["gender"].to_list() == ["F"]


def test_movielens_as_it_is_later(write):
    read = sources.read(write("ml-latest.zip", LATER))
    assert read.items["tags"].to_list() == [["dark"], None]
    assert read.items["title"].to_list() == ["Net, The (1995)", "X (1999)"]
    assert read.events["value"].to_list() == [4.5]


def test_a_folder_that_holds_the_zip_is_read_as_the_zip(write):
    path = write("here/ml.zip", LATER)
    write("here/README.md", "words")
    assert len(sources.read(path.parent).items) == 2


def test_a_bad_rating_is_named_by_its_line(write):
    broken = {**ONE_M, "ratings.dat": "7::1::5::978300760\n7::1::five::978300760\n"}
    with pytest.raises(RowError, match=r"ratings\.dat, line 2.*'five' is no number"):
        sources.read(write("ml-1m.zip", broken))


REVIEW = '{"reviewerID": "A1", "asin": "B1", "overall": 5.0, "unixReviewTime": 1400000000}\n'
PRODUCT = (
    '{"asin": "B1", "title": "Lamp", "price": "$3.50", "category": ["Home", "Light"], '
    '"imUrl": "http://a.org/1.jpg", "related": {"also_bought": ["B2"]}, '
    '"description": ["Shines."]}\n'
    '{"asin": "B2", "title": "Table"}\n'
)


@pytest.mark.parametrize("ending", [".json.gz", ".jsonl"])
def test_amazon_reviews_and_products(write, ending):
    write(f"az/meta_Home{ending}", PRODUCT + PRODUCT)
    path = write(f"az/Home_5{ending}", REVIEW)
    read = sources.read(path.parent)
    assert read.events.to_dicts() == [
        {"user_id": "A1", "item_id": "B1", "value": 5.0, "timestamp": 1400000000,
         "event_type": "review"}
    ]  # fmt: skip
    assert read.items.to_dicts() == [
        {"item_id": "B1", "title": "Lamp", "description": ["Shines."],
         "categories": ["Home", "Light"], "price": "$3.50"}
    ]  # fmt: skip
    assert any("1 products without a review" in note for note in read.notes)
    assert any("2 products stand several times" in note for note in read.notes)


def test_amazon_2014_products_as_python_writes_them(write):
    write("az/meta.json", "{'asin': 'B1', 'title': \"Baker's lamp\", 'categories': [['Home']]}\n")
    path = write("az/reviews.json", REVIEW)
    items = sources.read(path.parent).items
    assert items["title"].to_list() == ["Baker's lamp"]


def test_amazon_2023_uses_the_parent_product(write):
    write(
        "az/meta.jsonl", '{"parent_asin": "P1", "title": "Lamp", "store": "Acme", "price": 3.5}\n'
    )
    path = write(
        "az/reviews.jsonl",
        '{"rating": 4.0, "title": "Nice", "asin": "B1", "parent_asin": "P1", "user_id": "A1", '
        '"timestamp": 1400000000123}\n',
    )
    read = sources.read(path.parent)
    assert read.events["item_id"].to_list() == ["P1"]
    assert read.events["timestamp"].to_list() == [1400000000]
    assert read.items["brand"].to_list() == ["Acme"]


def test_amazon_reviews_alone_make_a_catalogue_of_ids(write):
    assert sources.read(write("reviews.json", REVIEW)).items.to_dicts() == [{"item_id": "B1"}]


def test_recbole_atomic_files(write):
    write("rb/x.item", "item_id:token\ttitle:token_seq\tgenre:token_seq\n1\tThe Net\tA B\n")
    write("rb/x.user", "user_id:token\tage:float\n7\t24\n")
    path = write(
        "rb/x.inter",
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n7\t1\t4\t881250949.0\n",
    )
    read = sources.read(path.parent)
    assert read.items.to_dicts() == [{"item_id": "1", "title": "The Net", "genre": ["A", "B"]}]
    assert read.events.to_dicts() == [
        {"user_id": "7", "item_id": "1", "value": 4.0, "timestamp": 881250949}
    ]
    assert read.users["age"].to_list() == ["24"]


def test_sequences_one_line_a_user_with_attributes(write):
    write("s/Toys_item2attributes.json", '{"3": [1, 2]}')
    path = write("s/Toys.txt", "1 3 4\n2 4\n")
    read = sources.read(path.parent)
    assert read.events.rows() == [("1", "3"), ("1", "4"), ("2", "4")]
    assert read.items["attributes"].to_list() == [["1", "2"], None]


def test_sequences_one_line_an_event(write):
    assert sources.read(write("Beauty.txt", "1 3\n1 4\n2 4\n")).events.rows() == [
        ("1", "3"),
        ("1", "4"),
        ("2", "4"),
    ]


def test_a_user_without_items_is_a_bad_row(write):
    with pytest.raises(RowError, match=r"line 52.*names a user but no item"):
        sources.read(write("Beauty.txt", "1 3 4\n" * 51 + "9\n"))


def test_a_zip_that_is_broken_is_refused(write):
    path = write("ml.zip", LATER)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="cannot be unpacked"):
        sources.read(path)
