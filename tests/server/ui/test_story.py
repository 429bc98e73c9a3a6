"""A new person uses the page in a real browser, in English and in Chinese."""

import json
import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def titles(answer):
    return answer.locator(".item-title").all_inner_texts()


def settled(page, selector, count):
    page.wait_for_function(
        "([s, n]) => document.querySelectorAll(s).length === n", arg=[selector, count]
    )


def test_a_new_person_talks_and_what_they_like_moves_the_next_list(visit, say):
    page, other = visit(), visit()
    assert page.locator("h1").inner_text() == "What are you in the mood for?"
    assert page.locator(".suggestion").count() >= 3
    wish = "comedies from the 1990s under 100 minutes"
    answer, same = say(page, wish), say(other, wish)
    assert titles(answer) == titles(same)
    assert len(titles(answer)) == 5
    card = answer.locator(".item").first
    card.get_by_role("button", name=re.compile("^Like")).click()
    card.locator(".told", has_text="The next list leans towards it.").wait_for()
    assert card.locator(".act-like").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Next list").click()
    other.get_by_role("button", name="Next list").click()
    for one in (page, other):
        one.locator(".turn").nth(1).locator(".answer").wait_for()
    after, plain = (titles(one.locator(".turn").nth(1)) for one in (page, other))
    assert after != plain
    assert not set(after) & set(titles(answer))
    assert "which you liked" in page.locator(".turn").nth(1).inner_text()


def test_feedback_names_the_list_that_was_shown(visit, say, page_url):
    page = visit()
    say(page, "westerns")
    answer = say(page, "comedies from the 1990s")
    answer.locator(".act-seen").nth(1).click()
    answer.locator(".told", has_text="It will not be suggested again.").wait_for()
    person = next(c["value"] for c in page.context.cookies() if c["name"] == "sommelier_visitor")
    told = page.request.get(f"{page_url}/v1/users/{person.split('.')[0]}/export").json()
    session = told["sessions"][0]
    shown = [item["item_id"] for item in session["turns"][1]["record"]["items"]]
    [event] = told["feedback"]
    assert event["recommendation_id"] == f"{session['id']}:2"
    assert event["impression"] == shown
    assert event["item_id"] == shown[1]


def test_seen_is_undone_by_a_second_press_and_on_the_page_about_oneself(visit, say, page_url):
    page = visit()
    answer = say(page, "westerns")
    for kind, told in (("seen", "It will not be suggested again."), ("seen", "Taken back.")):
        answer.locator(f".act-{kind}").first.click()
        answer.locator(".told", has_text=told).first.wait_for()
    assert answer.locator(".act-seen").first.get_attribute("aria-pressed") == "false"
    answer.locator(".act-seen").first.click()
    answer.locator(".act-seen[aria-pressed=true]").wait_for()
    title = titles(answer)[0]
    page.goto(page_url + "/you")
    page.locator(".met").wait_for()
    page.get_by_role("button", name=re.compile(f"^Remove: {re.escape(title)}")).click()
    page.locator(".told", has_text="Removed.").wait_for()
    assert page.locator(".met").count() == 0


def test_a_suggestion_answers_and_a_card_explains_itself(visit):
    page = visit()
    page.locator(".suggestion").first.click()
    page.locator(".item").first.wait_for()
    page.locator(".item").nth(1).get_by_role("button", name=re.compile("^Why")).click()
    page.locator(".turn").nth(1).locator(".answer").wait_for()
    title = page.locator(".turn").first.locator(".item-title").nth(1).inner_text()
    assert title in page.locator(".turn").nth(1).locator(".reply").inner_text()
    assert page.evaluate("scrollY") > 0
    page.locator(".item").first.get_by_role("button", name=re.compile("^Similar")).click()
    page.locator(".turn").nth(2).locator(".item").first.wait_for()


def test_the_funnel_says_how_many_were_left_and_the_plan_is_there_on_demand(visit, say):
    page = visit()
    answer = say(page, "comedies from the 1990s under 100 minutes")
    assert not answer.locator(".funnel").is_visible()
    answer.get_by_text("How this came about").click()
    counts = [int(n.replace(",", "")) for n in answer.locator(".step-count").all_inner_texts()]
    assert counts[0] == 1938
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 5
    assert "from the 1990s" in answer.locator(".step-text").all_inner_texts()
    answer.get_by_text("The plan").click()
    assert json.loads(answer.locator("pre").inner_text())["steps"]


def test_shift_and_enter_make_a_line_and_a_composing_enter_sends_nothing(visit):
    page = visit()
    field = page.locator("textarea.say")
    field.focus()
    page.keyboard.type("crime films")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("with Robert De Niro")
    assert field.input_value() == "crime films\nwith Robert De Niro"
    page.evaluate(
        "document.querySelector('textarea.say').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    assert page.locator(".turn").count() == 0
    page.keyboard.press("Enter")
    page.locator(".turn .answer").wait_for()
    assert page.locator(".said").inner_text() == "crime films\nwith Robert De Niro"


def test_conversations_are_listed_taken_up_again_and_deleted(visit, say):
    page = visit()
    say(page, "westerns")
    page.locator(".session").wait_for()
    page.get_by_role("button", name="New conversation").click()
    page.locator(".welcome").wait_for()
    say(page, "animated films")
    settled(page, ".session", 2)
    assert page.locator(".session-open").all_inner_texts() == ["animated films", "westerns"]
    page.reload()
    page.locator(".turn").wait_for()
    assert page.locator(".said").inner_text() == "animated films"
    page.get_by_role("button", name="westerns", exact=True).click()
    page.locator(".said", has_text="westerns").wait_for()
    page.get_by_role("button", name=re.compile("Delete the conversation “westerns”")).click()
    page.locator("dialog[open]").get_by_role("button", name="Delete").click()
    settled(page, ".session", 1)
    assert page.locator(".welcome").is_visible()


def test_what_is_known_can_be_seen_changed_taken_along_and_erased(visit, say, page_url):
    page = visit()
    say(page, "I hate horror")
    say(page, "I love westerns. Show me some")
    page.locator(".item .act-dislike").first.click()
    page.locator(".told", has_text="Noted").first.wait_for()
    page.goto(page_url + "/you")
    page.locator(".entry").first.wait_for()
    assert "Horror" in page.locator(".group-dislikes").inner_text()
    assert "Western" in page.locator(".group-likes").inner_text()
    western = page.locator(".entry", has_text="Western")
    western.locator("select").select_option("dislike")
    page.locator(".group-dislikes .entry", has_text="Western").wait_for()
    count = page.locator(".entry").count()
    page.get_by_role("button", name=re.compile("Remove: Horror")).click()
    settled(page, ".entry", count - 1)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export as JSON").click()
    told = json.loads(waiting.value.path().read_text("utf-8"))
    assert told["user_id"].startswith("visitor-")
    assert told["sessions"]
    page.get_by_role("button", name="Erase all").click()
    page.locator("dialog[open]").get_by_role("button", name="Cancel").click()
    assert page.locator(".entry").count() == count - 1
    page.get_by_role("button", name="Erase all").click()
    page.locator("dialog[open]").get_by_role("button", name="Erase for good").click()
    page.locator(".told", has_text="I know nothing about you any more").wait_for()
    assert page.locator(".entry").count() == 0
    page.goto(page_url)
    page.locator(".welcome").wait_for()
    assert page.locator(".session").count() == 0


def test_the_catalogue_is_searched_filtered_and_leafed_through(visit, page_url):
    page = visit("/catalogue")
    page.locator(".cell").first.wait_for()
    assert page.locator(".count").inner_text() == "1,938 films"
    page.get_by_label("Drama").check()
    page.locator(".count", has_text="1,295 films").wait_for()
    page.get_by_label("year: from").fill("1990")
    page.keyboard.press("Tab")
    page.wait_for_function("!document.querySelector('.count').innerText.startsWith('1,295')")
    assert "f-genres=Drama" in page.url
    assert "f-year=1990" in page.url
    first = page.locator(".item-title").first.inner_text()
    page.get_by_role("button", name="On", exact=True).click()
    page.locator(".turning", has_text="2 of").wait_for()
    assert page.locator(".item-title").first.inner_text() != first
    page.get_by_role("button", name="Table").click()
    page.locator("table").wait_for()
    page.goto(page_url + "/catalogue")
    page.get_by_label("Search titles and names").fill("kurosawa")
    page.wait_for_function("document.querySelector('.count').innerText.length < 9")
    assert "Akira Kurosawa" in page.locator(".grid").inner_text()
    page.get_by_role("link", name="Seven Samurai").click()
    page.locator(".detail").wait_for()
    assert page.locator("h1").inner_text() == "Seven Samurai"
    assert page.locator(".similar .cell").count() == 6
    page.get_by_role("button", name="Seen", exact=True).click()
    page.locator(".told", has_text="It will not be suggested again.").wait_for()


def test_what_is_typed_letter_by_letter_stays_in_its_field(visit):
    page = visit("/catalogue?f-year=1950..")
    low = page.get_by_label("year: from")
    assert low.input_value() == "1950"
    search = page.get_by_label("Search titles and names")
    search.focus()
    page.keyboard.type("kurosawa", delay=200)
    page.wait_for_function("document.querySelector('.count').innerText.length < 9")
    assert search.input_value() == "kurosawa"
    assert "q=kurosawa" in page.url
    low.fill("1960")
    page.keyboard.press("Tab")
    page.wait_for_url("**f-year=1960..*")
    assert low.input_value() == "1960"
    search.fill("")
    page.wait_for_url(lambda url: "q=" not in url)


def test_a_person_who_speaks_chinese_is_answered_in_chinese(visit, say, page_url):
    page = visit(locale="zh-CN")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("h1").inner_text() == "今天想找点什么？"
    answer = say(page, "推荐几部90年代的喜剧，不超过100分钟")
    assert "部电影" in answer.locator(".reply").inner_text()
    assert answer.locator(".item").count() == 5
    before = titles(answer)
    answer.get_by_role("button", name=re.compile("^喜欢")).first.click()
    answer.locator(".told", has_text="下一批会更偏向它").wait_for()
    page.get_by_role("button", name="换一批").click()
    page.locator(".turn").nth(1).locator(".answer").wait_for()
    assert not set(titles(page.locator(".turn").nth(1))) & set(before)
    page.goto(page_url + "/catalogue")
    page.locator(".count", has_text="共 1,938 部电影").wait_for()
    page.goto(page_url + "/you")
    page.locator(".group-likes", has_text="喜欢").wait_for()
    page.get_by_role("button", name="全部清除").click()
    page.get_by_role("button", name="永久清除").click()
    page.locator(".told", has_text="我对你一无所知了").wait_for()
    page.get_by_role("button", name="English").click()
    page.locator("h1", has_text="What I know about you").wait_for()


def test_numbers_say_how_to_make_an_evaluation_where_there_is_none(visit):
    page = visit("/numbers")
    assert "sommelier evaluate" in page.locator("pre").inner_text()
    page.locator("figure svg text").first.wait_for()
    assert "1,938" in page.locator(".facts-of-shop").inner_text()


def test_the_owner_of_the_machine_may_talk_as_a_user_of_the_log(visit, say):
    page = visit()
    page.locator(".picker summary").click()
    page.get_by_label("User id").fill("nobody at all")
    page.keyboard.press("Enter")
    page.get_by_text("The log has no user").wait_for()
    page.get_by_label("User id").fill("viewer-0001")
    page.keyboard.press("Enter")
    page.locator(".picker summary", has_text="viewer-0001").wait_for()
    answer = say(page, "something for tonight")
    assert "which you know" in answer.inner_text()


def test_text_of_the_catalogue_is_never_markup(visit, page_url):
    page = visit()
    page.goto(page_url + "/catalogue?q=%3Cimg%20src=x%20onerror=alert(1)%3E")
    page.get_by_text("Nothing fits").wait_for()
    assert page.locator("img").count() == 0
    page.goto(page_url + "/item?item_id=%3Cscript%3Ealert(1)%3C/script%3E")
    page.get_by_text("There is no such film here.").wait_for()
