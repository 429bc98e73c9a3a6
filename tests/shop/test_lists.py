"""Plain lists over the toy bookshop: policy, taste, what is hidden, and what was said in talks."""

import pytest

from sommelier.agent.guard import Demands
from sommelier.agent.policy import Policy
from sommelier.agent.replies import Writer
from sommelier.errors import PredicateError, UnknownName, UsageError
from sommelier.shop.lists import Lists, Wanted
from sommelier.shop.reranking import Document, relevances
from sommelier.state.profiles import Entry, Profile, merge
from sommelier.testing import agents, toy


def lists(**policy):
    box = agents.small_toolbox(toy.world().dataset)
    return Lists(box, Demands(Policy(**policy), box), Writer(box))


@pytest.fixture(scope="module")
def plain():
    return lists()


def ids(listed):
    return [item.item_id for item in listed.items]


def said(**entry):
    return merge([Entry(source="said", time=1.0, session_id="s", **entry)], 1.0)


def test_a_reader_gets_the_unread_book_of_their_shelf(plain):
    for user in range(30):
        listed = plain.recommend(f"reader-{user:02d}", Profile(), Wanted(n=1))
        assert ids(listed) == [f"book-{toy.world().unread(user):02d}"]
        assert listed.engine == "ease" and not listed.fallback


def test_a_stranger_gets_fame_and_a_history_makes_them_known(plain):
    assert plain.recommend(None, Profile(), Wanted()).fallback == "fame"
    told = Wanted(n=2, history=("book-05", "book-06", "book-07"))
    assert set(ids(plain.recommend(None, Profile(), told))) == {"book-08", "book-09"}


def test_every_place_is_kept_to_condition_and_exclusion(plain):
    told = Wanted(n=16, where="genres CONTAINS 'Space' AND year > 1960", exclude=("book-09", "x"))
    assert set(ids(plain.recommend(None, Profile(), told))) == {"book-06", "book-07", "book-08"}


def test_a_field_that_there_is_not_is_an_unfit_condition(plain):
    with pytest.raises(PredicateError, match="yaer"):
        plain.recommend(None, Profile(), Wanted(where="yaer = 1"))
    with pytest.raises(UnknownName):
        plain.similar("book-99", Wanted())
    with pytest.raises(UsageError):
        plain.recommend(None, Profile(), Wanted(n=0))


def test_what_a_person_refuses_in_a_talk_stays_out_of_plain_lists(plain):
    crime = {"field": "genres", "op": "contains", "value": "Crime"}
    profile = said(polarity="avoid", condition=crime)
    assert not {f"book-{n:02d}" for n in range(5)} & set(
        ids(plain.recommend(None, profile, Wanted(n=16)))
    )
    lost = said(polarity="avoid", condition={"field": "gone", "op": "=", "value": 1})
    assert len(ids(plain.recommend(None, lost, Wanted(n=16)))) == 16


@pytest.mark.parametrize("polarity", ["like", "dislike"])
def test_items_spoken_of_are_left_out_and_move_the_rest(plain, polarity):
    profile = said(polarity=polarity, item_id="book-05")
    listed = plain.recommend(None, profile, Wanted(n=16))
    assert "book-05" not in ids(listed) and not listed.fallback


def test_the_policy_holds_in_every_list():
    strict = lists(require="year > 1970", sponsored="price > 20")
    for listed in (
        strict.recommend("reader-12", Profile(), Wanted(n=16)),
        strict.recommend(None, Profile(), Wanted(n=16, instruction="a planet")),
        strict.similar("book-05", Wanted(n=16)),
    ):
        assert listed.items and all(int(i[5:]) not in (0, 1, 2, 5, 10) for i in ids(listed))
        assert {i.item_id for i in listed.items if i.sponsored} <= {"book-13", "book-14"}


def test_hidden_items_are_in_no_list():
    shop = lists()
    shop.box.hidden.nums = shop.box.catalog.nums(["book-02", "book-07"])
    for listed in (
        shop.recommend("reader-02", Profile(), Wanted(n=16)),
        shop.recommend(None, Profile(), Wanted(n=16, instruction="a planet")),
        shop.similar("book-05", Wanted(n=16)),
    ):
        assert listed.items and not {"book-02", "book-07"} & set(ids(listed))
    assert "book-02" not in shop.box and "book-03" in shop.box and "nowhere" not in shop.box


def test_reasons_are_given_only_where_they_are_asked_for(plain):
    told = plain.recommend("reader-02", Profile(), Wanted(n=2, explain=True))
    assert all(item.reasons for item in told.items)
    bare = plain.recommend("reader-02", Profile(), Wanted(n=2))
    assert not any(item.reasons for item in bare.items) and ids(bare) == ids(told)


def test_reranking_scores_each_document_between_0_and_1(plain):
    documents = [Document(item_id="book-02"), Document(item_id="book-07"), Document("a planet")]
    for some in (documents[:2], documents):
        scores = relevances(plain, "reader-12", Profile(), "starship", some)
        assert len(scores) == len(some) and all(0 <= score <= 1 for score in scores)
    taste = relevances(plain, "reader-12", Profile(), "", documents[:2])
    assert taste[1] > taste[0]


def test_reranking_tells_nothing_of_what_nobody_may_see():
    strict = lists(require="year > 1970")
    documents = [Document(item_id="book-00"), Document(item_id="book-07"), Document("x")]
    assert relevances(strict, None, Profile(), "x", documents)[0] is None
    assert relevances(strict, None, Profile(), "x", documents[:2])[0] is None
