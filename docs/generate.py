"""Writes docs/reference from the code: commands, engines, the service, and the instructions.

    python docs/generate.py

A test compares what stands there with what the code says now. Knows no prose: every sentence comes
from the help texts, docstrings and setting descriptions themselves.
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import typer.main

from sommelier import registry
from sommelier.cli import app
from sommelier.engines.base import Explains, Similar
from sommelier.engines.instruct import form
from sommelier.engines.instruct.templates import Template, rendering, template, templates
from sommelier.server import ServerSettings, make_app

HERE = Path(__file__).parent / "reference"
MADE = "<!-- Made by docs/generate.py from the code; change it there. -->"


def pages() -> dict[Path, str]:
    """Return the text of every generated page, by its path."""
    made = {
        "commands.md": list(_commands()),
        "engines.md": list(_engines()),
        "instructions.md": list(_instructions()),
        "service.md": list(_service()),
    }
    return {HERE / name: "\n".join(lines).rstrip() + "\n" for name, lines in made.items()}


def _commands() -> Iterator[str]:
    yield from ("# Commands", "", MADE, "")
    yield "Every command answers `--help`. Exit code 0 means that it did its work; each error"
    yield "kind has its own code (see `src/sommelier/errors.py`)."
    yield from _verbs(typer.main.get_command(app), "sommelier")


def _verbs(command: Any, words: str) -> Iterator[str]:
    for name, verb in command.commands.items():
        if hasattr(verb, "commands"):
            yield from _verbs(verb, f"{words} {name}")
            continue
        hints = get_type_hints(verb.callback, include_extras=True)
        places = [p for p in verb.params if p.param_type_name == "argument"]
        usage = "".join(f" {_place(p)}" for p in places)
        usage += " [OPTIONS]" if len(places) < len(verb.params) else ""
        yield from ("", f"## {words} {name}", "", f"    {words} {name}{usage}", "")
        yield " ".join(verb.help.split())
        if verb.params:
            yield from _table(("", "what"), [_parameter(p, hints) for p in verb.params])


def _place(parameter: Any) -> str:
    shown = parameter.metavar or parameter.name.upper()
    shown += "..." if parameter.nargs == -1 or parameter.multiple else ""
    return shown if parameter.required or shown.startswith("[") else f"[{shown}]"


def _parameter(parameter: Any, hints: dict[str, Any]) -> tuple[str, str]:
    said = (parameter.help or "").rstrip(".")
    if parameter.param_type_name == "argument":
        return f"`{_place(parameter)}`", f"{said}."
    value = "" if parameter.is_flag else f" {parameter.metavar or _values(parameter, hints)}"
    default = parameter.default
    if parameter.required:
        said += " (required)"
    elif not parameter.is_flag and default is not None and default != ():
        said += f" (default: {default})"
    every = (*parameter.opts, *parameter.secondary_opts)
    names = ", ".join(f"`{name}{value}`" for name in every)
    return names.replace("|", "\\|"), f"{said}{' (may be repeated)' * parameter.multiple}."


def _values(parameter: Any, hints: dict[str, Any]) -> str:
    kinds = list(_flat(hints.get(parameter.name)))
    choices = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    if choices:
        return "|".join(choices)
    words = {int: "N", float: "X", Path: "FILE"}
    return next((words[kind] for kind in kinds if kind in words), parameter.name.upper())


def _flat(kind: Any) -> Iterator[Any]:
    """Yield a type and all that it is made of, through Annotated and unions."""
    yield kind
    if get_origin(kind) is not Literal:
        for part in get_args(kind):
            if not isinstance(part, str):
                yield from _flat(part)


def _engines() -> Iterator[str]:
    yield from ("# Engines", "", MADE, "")
    yield "Every engine scores queries (histories with weights, likes, dislikes, words), so that"
    yield "strangers and known users take the same call. Settings can be tried on the command line:"
    yield "`sommelier evaluate engines WORKSPACE --set ENGINE.SETTING=VALUE`."
    for name in registry.names("engines"):
        kind = registry.load("engines", name)
        powers = [word for word, power in _POWERS.items() if issubclass(kind, power)]
        yield from ("", f"## {name}", "", _said(sys.modules[kind.__module__]), "", _said(kind))
        if powers:
            yield from ("", f"Besides scoring, it can say {' and '.join(powers)}.")
        rows = [_setting(key, field) for key, field in kind.Config.model_fields.items()]
        yield from _table(("setting", "default", "what", "bounds"), rows)


def _service() -> Iterator[str]:
    settings = ServerSettings
    yield from ("# The service", "", MADE, "")
    yield "What `sommelier serve` can be told: as a flag, as SOMMELIER_NAME in the environment, or"
    yield "as a line of the file that `--config` names. How to run it: [deploy.md](../deploy.md)."
    yield from _table(
        ("setting", "default", "what", "bounds"),
        [_setting(key, field) for key, field in settings.model_fields.items()],
    )
    yield from ("", "## Addresses", "")
    yield "The running service describes each one with shapes and examples at `/docs` and"
    yield "`/openapi.json`. Those under `/v1` are there for every workspace, under"
    yield "`/workspaces/NAME/v1`, too."
    rows = [
        (f"`{method.upper()} {path}`", told["description"].split("\n")[0])
        for path, methods in make_app(settings()).openapi()["paths"].items()
        for method, told in methods.items()
    ]
    yield from _table(("", "what"), rows)


def _instructions() -> Iterator[str]:
    yield from ("# Instructions", "", MADE, "", _said(form), "", _said(template))
    every = templates()
    names = {one.name: [other for other in every if other.name == one.name] for one in every}
    out = sum(all(one.held_out for one in those) for those in names.values())
    yield from ("", f"{len(names)} templates in {len(every)} wordings. Training never meets")
    yield f"{out} of the templates, nor one wording of some others."
    yield from ("", _said(rendering))
    for said in dict.fromkeys(one.kind[:5] for one in every):
        those = [listed for listed in names.values() if listed[0].kind.startswith(said)]
        first = those[0][0]
        likes, wants = first.preference.name.lower(), first.intention.name.lower()
        yield from ("", f"## {said}: preference {likes}, intention {wants}")
        heads = ("template", "kind", "first wording", "spoken", "paraphrases", "held out")
        yield from _table(heads, [_template(listed) for listed in those])


def _template(wordings: list[Template]) -> tuple[str, ...]:
    first = wordings[0]
    kept = [str(one.number) for one in wordings if one.held_out]
    out = "all" if len(kept) == len(wordings) else ", ".join(f"wording {n}" for n in kept)
    name = f"`{first.name}`{' (context)' if first.context else ''}"
    text, spoken = (part.strip().replace("\n", "<br>") for part in (first.text, first.spoken))
    return name, first.kind[-2:], text, spoken, str(len(wordings) - 1), out or "none"


_POWERS = {"which items are alike": Similar, "where a score came from": Explains}


def _said(thing: Any) -> str:
    """Return a docstring with one line a paragraph."""
    parts = (inspect.getdoc(thing) or "").split("\n\n")
    return "\n\n".join(" ".join(part.split()) for part in parts)


def _setting(name: str, field: Any) -> tuple[str, ...]:
    default = "none" if field.default is None else str(field.default)
    return f"`{name}`", default, field.description or "", _bounds(field)


def _bounds(field: Any) -> str:
    choices = [w for k in _flat(field.annotation) if get_origin(k) is Literal for w in get_args(k)]
    if choices:
        return ", ".join(choices)
    signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
    limits = [(sign, getattr(m, key, None)) for m in field.metadata for key, sign in signs.items()]
    return ", ".join(f"{sign} {limit:g}" for sign, limit in limits if limit is not None)


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield ""
    for cells in (heads, ("---",) * len(heads), *rows):
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        sys.stdout.write(f"{path}\n")
