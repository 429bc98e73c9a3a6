"""The bundled films open whatever an older package left, and without the tuned reader."""

import json

import pytest

from sommelier.engines.instruct.engine import Instruct
from sommelier.errors import NotInstalled
from sommelier.llm.encoder import INSTRUCT, open_encoder
from sommelier.shop import open_demo


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    try:
        open_encoder(name=INSTRUCT)
    except NotInstalled as error:
        pytest.skip(str(error))
    made = tmp_path_factory.mktemp("demo")
    open_demo(made)
    return made


def test_engines_that_another_version_wrote_are_fitted_again(folder):
    for name in ("content", "instruct"):
        card = open_demo(folder).workspace.engine_dir(name) / "engine.json"
        told = json.loads(card.read_text())
        told["config"]["of an older version"] = 1
        card.write_text(json.dumps(told))
        shop = open_demo(folder)
        assert shop.engine(name).n_items == shop.dataset.n_items
        assert shop.workspace.default_engine == "ease"


def test_where_the_tuned_reader_is_not_installed_the_plain_one_reads(folder, monkeypatch, tmp_path):
    def missing(_self):
        raise NotInstalled("not here")

    assert open_demo(folder).box.reader.name == "instruct"
    monkeypatch.setattr(Instruct, "_follower", missing)
    assert open_demo(tmp_path).box.reader.name == "content"
