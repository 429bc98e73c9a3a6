"""The files of deploy/ name only what there is: options, settings, extras, folders."""

import re
import shlex
import tomllib

import pytest
import typer
import yaml

from sommelier.cli import app
from sommelier.server.settings import ServerSettings

from .house import ROOT

DEPLOY = ROOT / "deploy"
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def options(words: list[str]) -> tuple[str, set[str]]:
    verb, *rest = words
    return verb, {word.partition("=")[0] for word in rest if word.startswith("--")}


def known(verb: str) -> set[str]:
    return {
        name for param in COMMANDS[verb].params for name in (*param.opts, *param.secondary_opts)
    }


@pytest.mark.parametrize("unit", ["sommelier.service", "sommelier-refresh.service"])
def test_a_unit_starts_a_command_with_options_that_it_knows(unit: str) -> None:
    text = (DEPLOY / unit).read_text("utf-8")
    [line] = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
    verb, given = options(shlex.split(line)[1:])
    assert given <= known(verb)


def test_compose_tells_the_service_settings_that_it_knows() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    service = compose["services"]["sommelier"]
    names = {name.removeprefix("SOMMELIER_").lower() for name in service["environment"]}
    assert names <= set(ServerSettings.model_fields)
    verb, given = options(service["command"])
    assert given <= known(verb)
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).exists()
    assert set(service["depends_on"]) <= set(compose["services"])


def test_the_image_is_built_of_files_and_extras_that_there_are() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
        "optional-dependencies"
    ]
    [asked] = re.findall(r"pip install '\.\[(.+)\]'", text)
    assert set(asked.split(",")) <= set(extras)
    copied = [
        word for line in re.findall(r"^COPY (?!--)(.+)$", text, re.M) for word in line.split()[:-1]
    ]
    assert copied and all((ROOT / name).exists() for name in copied)
    let_in = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {f"!{name}" for name in copied} <= set(let_in)
    [command] = re.findall(r"^CMD \[(.+)\]$", text.replace("\n  CMD", " CMD"), re.M)
    verb, given = options(re.findall(r'"([^"]+)"', command))
    assert given <= known(verb)
