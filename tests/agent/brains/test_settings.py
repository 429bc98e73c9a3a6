"""The `[brain]` table: read strictly, under the options of a surface, and without a key."""

import pytest

from sommelier.agent.brains.settings import BrainSettings
from sommelier.errors import ConfigError


def test_options_lie_over_the_table_and_what_is_not_given_does_nothing():
    table = {"name": "openai", "base_url": "http://a/v1", "model": "m", "turn": {"calls": 3}}
    found = BrainSettings.read(table, model="other", name=None, base_url="", phrase=True)
    assert (found.name, found.base_url, found.model) == ("openai", "http://a/v1", "other")
    assert found.phrase
    assert found.turn.calls == 3


def test_an_option_can_switch_off_what_the_table_switches_on():
    assert not BrainSettings.read({"phrase": True}, phrase=False).phrase


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ({"nmae": "rules"}, "nmae"),
        ({"timeout": 0}, "timeout"),
        ({"turn": {"calls": -1}}, "turn.calls"),
        ({"day": {"cost": 1.0}}, "price"),
        ({"record": "a", "replay": "b"}, "exclude"),
        ({"key": "sk-1"}, "key"),  # a key has no place in a file
    ],
)
def test_what_breaks_its_rule_is_named(table, word):
    with pytest.raises(ConfigError) as caught:
        BrainSettings.read(table)
    assert word in caught.value.message
    assert "Known keys" in caught.value.hint
    assert "sk-1" not in str(caught.value)
