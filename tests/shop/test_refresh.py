"""A refresh takes up what is new, beside what is in force, and all at once."""

import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

from sommelier.data.workspace import Workspace
from sommelier.engines.linear.ease import EASE
from sommelier.engines.popularity import Popularity
from sommelier.engines.query import Query
from sommelier.errors import WorkspaceError
from sommelier.shop import open, refresh  # noqa: A004
from sommelier.state.feedback import Event
from sommelier.state.store import Store

NEW = [("reader-00", "book-16"), ("cay", "book-16"), ("cay", "book-07")]
ASKED = [Query.of([5, 6]), Query.of([0, 1], liked=[11]), Query()]


def hear(place, *events):
    """Store feedback of (user, item, type)."""
    with Store.open(place / "state.db") as store:
        store.add_feedback(
            Event(event_id=who + item, item_id=item, feedback_type=what, time=2e9, user_id=who)
            for who, item, what in events
        )


def log_of(place, user):
    """Return the ids of what a user met."""
    data = Workspace.open(place).dataset()
    number = data.interactions.user_index.get(user)
    history = [] if number is None else data.interactions.history(number).tolist()
    return [data.catalog.ids[item] for item in history]


def test_new_rows_are_in_force_and_the_engines_know_them(place, files):
    files.write(18, NEW)
    done = refresh(place)
    assert (done.items, done.events) == (2, 3)
    assert done.engines == dict.fromkeys(["ease", "popularity"], "learned what is new")
    shop = open(place)
    assert shop.workspace.default_engine == "ease"
    assert log_of(place, "cay") == ["book-16", "book-07"]
    right = EASE(EASE.Config(reg=1)).fit(shop.dataset).score(ASKED)
    np.testing.assert_allclose(shop.engine().score(ASKED), right, rtol=1e-3, atol=1e-4)
    assert shop.engine("popularity").score([Query()])[0, 16] == pytest.approx(2)


def test_when_nothing_is_new_nothing_is_done(place):
    before = Workspace.open(place).version
    assert refresh(place) is None
    assert refresh(place, quick=True) is None
    assert Workspace.open(place).version == before


def test_known_items_keep_their_numbers_however_the_file_is_sorted(place, files):
    files.write(18, turned=True)
    refresh(place)
    assert Workspace.open(place).catalog().ids[:16] == [f"book-{n:02d}" for n in range(16)]


def test_where_items_are_gone_engines_are_fitted_anew(place, files):
    files.write(15)
    done = refresh(place)
    assert done.items == -1
    assert set(done.engines.values()) == {"was fitted anew"}
    assert open(place).engine().n_items == 15


def test_other_settings_are_heeded(place, files):
    (place / "sommelier.toml").write_text("[engines.ease]\nreg = 7.0\n", "utf-8")
    files.write(18)
    assert refresh(place).engines["ease"] == "was fitted anew"
    assert open(place).engine("ease").config.reg == 7.0


def test_what_people_took_in_conversations_counts_as_events(place):
    hear(place, ("cay", "book-05", "like"), ("cay", "book-06", "reject"), ("cay", "gone", "like"))
    hear(place, ("reader-00", "book-05", "accept"), ("cay", "book-05", "like"))
    assert refresh(place).events == 2
    assert log_of(place, "cay") == ["book-05"]
    assert log_of(place, "reader-00")[-1] == "book-05"
    assert refresh(place) is None


@pytest.mark.parametrize("files_stay", [True, False])
def test_what_was_erased_is_forgotten_by_the_next_refresh(place, files, files_stay):
    hear(place, ("cay", "book-05", "like"))
    refresh(place)
    if not files_stay:
        (files.folder / "events.csv").unlink()
    with Store.open(place / "state.db") as store:
        store.erase("cay")
    assert refresh(place).events == -1
    assert log_of(place, "cay") == []
    assert "popularity" in Workspace.open(place).schema


def test_without_the_source_files_the_copy_serves_and_that_is_said(place, files):
    (files.folder / "items.csv").unlink()
    said = []
    assert refresh(place, report=said.append) is None
    assert any("are gone" in step for step in said)
    hear(place, ("cay", "book-05", "like"))
    former = Workspace.open(place).dataset()
    assert refresh(place).events == 1
    assert Workspace.open(place).catalog().ids == former.catalog.ids


def test_quick_only_takes_up_what_it_can_and_a_whole_refresh_makes_good_for_it(place, files):
    open(place).fit(["knn", "als", "content"])
    files.write(18, NEW)
    quick = refresh(place, quick=True).engines
    assert quick["knn"] == quick["content"] == "took up new items"
    assert quick["als"] == quick["ease"] == quick["popularity"] == "learned what is new"
    ranked = open(place).engine("content").recommend([Query.of([5, 6])], 4).items[0]
    assert set(ranked.tolist()) == {7, 8, 9, 16}
    assert refresh(place, quick=True) is None
    whole = refresh(place).engines
    assert whole["knn"] == whole["als"] == "was fitted anew"
    assert refresh(place) is None


def test_costly_engines_that_do_not_answer_are_spared(place, files):
    open(place).fit(["fusion"])
    files.write(18, NEW)
    assert refresh(place).engines["fusion"] == "took up new items"
    assert open(place).engine("fusion").n_items == 18


def test_an_engine_that_ranks_unsoundly_never_comes_into_force(place, files, monkeypatch):
    def broken(self, arrays, dataset):
        self.counts = arrays["counts"] * np.float32(np.nan)

    before = Workspace.open(place).version
    files.write(18, NEW)
    monkeypatch.setattr(Popularity, "restore", broken)
    with pytest.raises(WorkspaceError, match="no sound lists"):
        refresh(place)
    assert Workspace.open(place).version == before
    monkeypatch.undo()
    assert refresh(place).items == 2


def test_an_engine_fitted_to_data_that_was_replaced_is_refused(place, files):
    late = Workspace.open(place)
    files.write(18)
    refresh(place)
    with pytest.raises(WorkspaceError, match="replaced"):
        late.save_engine("popularity", Popularity().fit(late.dataset()).save)


def test_a_folder_without_a_workspace_is_told_so(tmp_path):
    with pytest.raises(WorkspaceError, match="no finished workspace"):
        refresh(tmp_path)
    assert not list(tmp_path.iterdir())


def start(place, halt, then):
    """Start a refresh that says where it is at every step, and at the step `halt` does `then`."""
    script = f"""
        import os, signal, sys
        from sommelier.shop import refresh
        def report(step):
            print(step, flush=True)
            if step == {halt!r}:
                {then}
        refresh({str(place)!r}, report=report)
        """
    program = [sys.executable, "-c", textwrap.dedent(script)]
    return subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("step", ["Reading what is new", "Teaching ease", "Teaching popularity"])
def test_a_refresh_that_is_killed_leaves_the_old_and_the_next_clears_up(place, files, step):
    before = Workspace.open(place)
    files.write(18, NEW)
    died = start(place, step, "os.kill(os.getpid(), signal.SIGKILL)")
    died.communicate()
    assert died.returncode == -signal.SIGKILL
    assert Workspace.open(place).version == before.version
    assert open(place).engine().n_items == 16
    assert refresh(place).items == 2
    assert all(path.name.isdigit() for path in (place / "versions").iterdir())


def test_of_two_at_once_the_second_is_refused_at_once(place, files):
    files.write(18, NEW)
    first = start(place, "Teaching ease", "sys.stdin.readline()")
    try:
        while first.stdout.readline().strip() != "Teaching ease":
            assert first.poll() is None
        with pytest.raises(WorkspaceError, match="Another process"):
            refresh(place)
        assert open(place).engine().n_items == 16  # readers are served meanwhile
    finally:
        first.communicate("go on\n")
    assert first.returncode == 0
    assert open(place).engine().n_items == 18


def test_whoever_reads_during_a_swap_sees_the_old_or_the_new(place, files):
    seen, failures, over = set(), [], threading.Event()

    def read():
        while not over.is_set():
            shop = open(place)
            sizes = {
                shop.dataset.n_items,
                *(shop.engine(n).n_items for n in ("ease", "popularity")),
            }
            if len(sizes) > 1:
                failures.append(sizes)
            seen.update(sizes)

    reader = threading.Thread(target=read)
    reader.start()
    while not seen:
        pass
    files.write(18, NEW)
    refresh(place)
    while 18 not in seen and reader.is_alive():
        pass
    over.set()
    reader.join()
    assert failures == []
    assert seen == {16, 18}


@pytest.mark.parametrize(("moment", "survivor"), [("rename", 16), ("replace", 16), ("prune", 18)])
def test_a_death_at_the_swap_itself_leaves_the_old_or_the_new(place, files, moment, survivor):
    files.write(18, NEW)
    script = """
        import os, pathlib, signal, sys
        from sommelier.data.versions import Versions
        from sommelier.shop import refresh
        place = pathlib.Path(sys.argv[1])
        def deadly(real, here):
            def call(self, *words, **more):
                if here(self, *words):
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(self, *words, **more)
            return call
        owner, name, here = {
            "rename": (pathlib.Path, "rename", lambda path, _: path.parent == place / "versions"),
            "replace": (pathlib.Path, "replace", lambda _, target: target == place / "CURRENT"),
            "prune": (Versions, "_prune", lambda versions: versions.folder == place),
        }[sys.argv[2]]
        setattr(owner, name, deadly(getattr(owner, name), here))
        refresh(place)
        """
    program = [sys.executable, "-c", textwrap.dedent(script), str(place), moment]
    assert subprocess.run(program, check=False).returncode == -signal.SIGKILL
    assert open(place).dataset.n_items == open(place).engine().n_items == survivor
    assert (refresh(place) is None) == (survivor == 18)
    assert open(place).engine().n_items == 18
