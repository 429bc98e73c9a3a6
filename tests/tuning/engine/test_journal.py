"""What was found lasts, whatever happens to the last line."""

import pytest

from sommelier.errors import WorkspaceError
from sommelier.tuning.engine.journal import Journal, Row


def row(reg):
    return Row(fit={"reg": reg, "kind": "a", "on": True}, ask={"decay": 0.5}, score=0.1, low=0.0,
               high=0.2, others=0.1, gain=(0.0, -0.1, 0.1), seconds=1.0)  # fmt: skip


def test_rows_come_back_as_they_were(tmp_path):
    journal = Journal.open(tmp_path / "a.jsonl")
    journal.add(row(0.1))
    journal.add(row(3))
    again = Journal.open(tmp_path / "a.jsonl")
    assert again.rows == [row(0.1), row(3)]
    assert again.rows[1].settings == {"reg": 3, "kind": "a", "on": True, "decay": 0.5}


@pytest.mark.parametrize("torn", [1, 20, 150])
def test_a_last_line_cut_short_is_dropped_and_the_next_stands_in_its_place(tmp_path, torn):
    path = tmp_path / "a.jsonl"
    journal = Journal.open(path)
    journal.add(row(1.0))
    journal.add(row(2.0))
    path.write_bytes(path.read_bytes()[:-torn])
    journal = Journal.open(path)
    journal.add(row(4.0))
    assert Journal.open(path).rows == [row(1.0), row(4.0)]


def test_a_file_that_is_no_journal_is_left_alone_and_told(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("Dear diary\nno newline at the end")
    with pytest.raises(WorkspaceError, match="Remove it"):
        Journal.open(path)
    assert path.read_text().endswith("at the end")
