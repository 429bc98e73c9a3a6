"""Which language a message is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.llm.language import guess, han


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("推荐三部喜剧", "zh"),
        ("喜劇", "zh"),
        ("类似Blade Runner的thriller", "zh"),
        ("something like 花样年华", "en"),
        ("an English question about 《花样年华》", "en"),
        ("show me quiet films", "en"),
        ("more", "en"),
        ("Alien", ""),
        ("Les Misérables", ""),
        ("something like Les Misérables", "en"),
        ("un film de guerre avec des enfants", "fr"),
        ("ich suche einen film ohne krieg", "de"),
        ("quiero una película de terror", "es"),
        ("ホラー映画を見たい", "ja"),
        ("좋은 영화 추천해 줘", "ko"),
        ("посоветуй хороший фильм", "ru"),
        ("1984", ""),
        ("", ""),
    ],
)
def test_script_and_little_words_tell_the_language(said, language):
    assert guess(said) == language


@given(st.text(max_size=60))
def test_any_text_has_a_language_or_none(text):
    assert guess(text) in {"", "zh", "en", "fr", "de", "es", "it", "pt", "nl"} | {
        "ja", "ko", "ru", "ar", "he", "el", "hi", "th",
    }  # fmt: skip
    assert not (guess(text) == "zh" and not han(text))
