"""A running shop takes up what is newer at its next look, and not in the middle of anything."""

import asyncio

from sommelier.cli.chat.opened import Opened
from sommelier.data.workspace import Workspace
from sommelier.shop import Shop, open, refresh  # noqa: A004

NEW = [("reader-00", "book-16")]


def test_while_nothing_is_replaced_the_newest_shop_is_the_same(place):
    shop = open(place)
    assert shop.newest() is shop
    shop.fit(["popularity"])
    assert shop.newest() is shop


def test_after_a_refresh_elsewhere_the_newest_is_another_and_the_old_one_still_answers(
    place, files
):
    shop = open(place)
    store, former = shop.store, shop.engine()
    files.write(18, NEW)
    refresh(place)
    assert shop.engine() is former
    assert shop.dataset.n_items == shop.engine("popularity").n_items == 16
    newest = shop.newest()
    assert newest.store is store
    assert newest.dataset.n_items == newest.engine().n_items == newest.box.ranker.n_items == 18
    assert newest.newest() is newest


def test_an_engine_or_a_default_chosen_elsewhere_is_taken_up_too(place):
    shop = open(place)
    (place / "sommelier.toml").write_text("", "utf-8")
    other = Shop(Workspace.open(place))
    other.fit(["knn"])
    assert "knn" in (fitted := shop.newest()).workspace.fitted()
    other.workspace.set_default_engine("knn")
    assert fitted.newest().workspace.default_engine == "knn"


def test_a_version_that_came_while_the_shop_was_opened_is_not_missed(place, files):
    late = Workspace.open(place)
    files.write(18, NEW)
    refresh(place)
    assert Shop(late).newest().dataset.n_items == 18


def test_a_shop_refreshes_itself(place, files):
    files.write(18, NEW)
    assert open(place).refresh().dataset.n_items == 18


def test_a_conversation_goes_on_over_the_newest_catalogue(place, files):
    shop = open(place)
    opened = Opened(shop, shop.brain_settings(name="rules"))
    chat = opened.agent.chat(user_id="cay")
    asyncio.run(chat.say("something about space"))
    assert opened.newest(chat) is chat
    files.write(18, NEW)
    refresh(place)
    later = opened.newest(chat)
    assert (later.session.id, later.session.user_id) == (chat.session.id, "cay")
    assert later.working == chat.working
    turn = asyncio.run(later.say("tell me about A Planet Without Maps"))
    assert "A Planet Without Maps" in turn.reply
    opened.close()
