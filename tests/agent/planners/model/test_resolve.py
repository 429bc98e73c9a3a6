"""What only frames can say, and what becomes of what a catalogue does not have."""

import pytest

from sommelier.agent.plan import Ask, Compare, Filter, Lookup, React, Say, Similar


def topics(plan):
    return [say.topic for say in plan.of(Say)]


def notes(plan):
    return [(note.topic, note.about) for note in plan.notes]


def test_a_misspelt_value_is_taken_and_told(planned):
    plan = planned("romence", do="find", must=("genres=Romence",))
    assert plan.of(Filter)[0].where["value"] == "Romance"
    assert notes(plan) == [("guessed", "Romence|Romance")]


def test_a_value_of_another_field_is_found_there(planned):
    plan = planned(do="find", must=("genres=France",))
    assert plan.of(Filter)[0].where["field"] == "countries"


def test_an_unknown_field_with_a_known_value_finds_its_field(planned):
    plan = planned(do="find", must=("style=Comedy", "length<100"))
    assert [step.where["field"] for step in plan.of(Filter)] == ["runtime", "genres"]


def test_a_value_that_nothing_has_is_searched_in_the_texts_and_told(planned, rank_of):
    plan = planned(do="find", must=("genres=Comedy", "genres=lighthouses by night"))
    assert "lighthouses by night" in rank_of(plan).text
    assert notes(plan) == [("by_words", "lighthouses by night")]


def test_a_place_beyond_the_list_is_told(planned, chat, view, talk):
    talk(chat, "comedies")
    assert topics(planned(view=view(chat), do="facts", items=("#9",))) == ["no_place"]


def test_a_place_without_a_list_is_told(planned):
    assert topics(planned(do="facts", items=("#2",))) == ["nothing_shown"]


def test_an_unknown_title_is_never_replaced(planned):
    assert topics(planned(do="compare", items=("Xylophone Zwei", "#1"))) == ["unknown_title"]


def test_a_comparison_with_one_item_of_the_list(planned, chat, view, talk):
    talk(chat, "comedies")
    plan = planned(view=view(chat), do="refine", must=("runtime<#2",))
    assert [ref.item for ref in plan.of(Lookup)[0].items] == [chat.working.shown[1]]
    assert plan.of(Filter)[-1].where["value"]["step"] == 1


def test_dropped_fields_leave_the_list_with_their_soft_wishes(planned, chat, view, talk, rank_of):
    talk(chat, "short comedies from the nineties")
    plan = planned(view=view(chat), do="refine", drop=("year", "runtime"), must=("genres=Drama",))
    assert [step.where["value"] for step in plan.of(Filter)] == ["Drama"]
    assert rank_of(plan).prefer == ()


def test_items_shown_are_picked_by_a_condition(planned, chat, view, talk, rank_of):
    talk(chat, "comedies")
    plan = planned(view=view(chat), do="pick", must=("runtime<100",))
    assert plan.of(Filter)[0].where["value"] == list(chat.working.shown)
    assert rank_of(plan).again
    assert rank_of(plan).n == len(chat.working.shown)


def test_what_was_told_stands_beside_what_is_asked(planned, chat, view, talk):
    talk(chat, "comedies")
    told = ("seen #1", "dislike genres=Horror")
    plan = planned(view=view(chat), do="compare", items=("#2", "#3"), told=told)
    assert plan.of(React)[0].feedback == "seen"
    assert plan.of(Compare)
    assert [update.polarity for update in plan.updates] == ["dislike"]


def test_an_opinion_on_a_field_that_is_not_here_is_not_kept(planned):
    plan = planned(do="find", must=("genres=Drama",), told=("dislike smoky=yes",))
    assert plan.updates == ()


def test_a_new_start_may_bring_a_new_wish(planned):
    plan = planned(do="restart", must=("genres=Drama",))
    assert plan.reset
    assert plan.of(Filter)


def test_an_answer_to_a_question_that_nobody_asked_is_not_understood(planned):
    assert topics(planned(do="answer", n=2)) == ["not_understood"]


def test_two_demands_that_exclude_each_other_are_asked_about(planned):
    plan = planned(do="find", must=("year<1950", "year>1990"))
    assert plan.of(Ask)[0].question == "contradiction"


def test_a_doubtful_title_keeps_the_other_wishes_in_every_answer(planned):
    plan = planned(do="find", like=("The L. Beekeeper",), must=("runtime<100",))
    [ask] = plan.of(Ask)
    for option in ask.options:
        assert option.plan.of(Similar)
        assert option.plan.of(Filter)


def test_a_title_left_out_is_left_out(planned, cinema_box):
    plan = planned(do="find", no=("Nine Umbrellas", "genres=Horror"))
    wheres = [step.where["not"] for step in plan.of(Filter)]
    assert [where["field"] for where in wheres] == ["genres", cinema_box.schema.id_field]


def test_the_average_needs_a_number(planned):
    assert topics(planned(do="mean", fields=("genres",))) == ["no_field"]
    assert topics(planned(do="most")) == ["no_field"]


@pytest.mark.parametrize("slots", [{"must": ("genres=Comedy",) * 40}, {"text": "sea " * 9_000}])
def test_endless_slots_are_cut(planned, rank_of, slots):
    plan = planned(do="find", **slots)
    assert len(plan.of(Filter)) <= 1
    assert len(rank_of(plan).text) < 400
