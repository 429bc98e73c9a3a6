"""`sommelier.toml` is people's: what is written into it on request leaves all else as it was."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sommelier.data.settings import TEMPLATE, Settings, engine_table, with_engine
from sommelier.errors import ConfigError

OURS = """\
# my shop
[catalog]
noun = "film"  # not a movie

[engines.ease]  # found by hand
threads = 2
reg = 300.0  # a guess
# decay = 0.5

# the rest
[engines.knn]
neighbours = 40
"""


def test_a_new_table_stands_at_the_end_and_all_else_stays():
    made = with_engine(TEMPLATE, "ease", {"reg": 12.5, "decay": 0.6})
    assert made.startswith(TEMPLATE)
    assert tomllib.loads(made) == {"engines": {"ease": {"reg": 12.5, "decay": 0.6}}}


def test_an_old_table_keeps_what_was_not_chosen_and_its_comments():
    made = with_engine(OURS, "ease", {"reg": 12.5, "decay": 0.6})
    assert tomllib.loads(made)["engines"] == {
        "ease": {"reg": 12.5, "decay": 0.6, "threads": 2},
        "knn": {"neighbours": 40},
    }
    lost = set(OURS.splitlines()) - set(made.splitlines())
    assert lost == {"reg = 300.0  # a guess"}
    assert with_engine(made, "ease", {"reg": 12.5, "decay": 0.6}) == made


@pytest.mark.parametrize(
    "text",
    [
        "engines = { ease = { reg = 3.0 } }\n",
        "engines.ease.reg = 3.0\n",
        "[engines]\nease = { reg = 3.0 }\n",
        "[engines.ease]\nreg = [\n[1.0],\n]\n",
        "engines = 3\n",
    ],
)
def test_a_form_that_cannot_be_changed_is_told_with_what_to_write(text):
    with pytest.raises(ConfigError) as told:
        with_engine(text, "ease", {"reg": 5.0})
    assert "[engines.ease]\nreg = 5.0" in told.value.hint


@settings(max_examples=100, deadline=None)
@given(
    name=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1),
    old=st.dictionaries(st.sampled_from(["reg", "decay", "size"]), st.integers(0, 9)),
    chosen=st.dictionaries(
        st.sampled_from(["reg", "decay", "kind"]), st.floats(0, 9) | st.booleans() | st.text()
    ),
)
def test_whatever_is_written_is_read_back_or_refused(name, old, chosen):
    text = "# first\n\n" + (engine_table(name, old) if old else "")
    try:
        made = with_engine(text, name, chosen)
    except ConfigError:
        return
    assert tomllib.loads(made)["engines"][name] == {**old, **chosen}
    assert made.startswith("# first\n")


def test_tables_of_engines_are_read_and_others_refused(tmp_path):
    path = tmp_path / "sommelier.toml"
    path.write_text(OURS)
    assert Settings.read(path).engines["knn"] == {"neighbours": 40}
    path.write_text("[engines]\nease = 3\n")
    with pytest.raises(ConfigError, match=r"engines\.ease"):
        Settings.read(path)
