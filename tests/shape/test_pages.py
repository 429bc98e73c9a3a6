"""What is written for people agrees with the code, and between its two languages."""

import importlib.util
import re

import pytest
import typer.main
from house import PACKAGE, ROOT, shown, tracked

from sommelier.cli import app

README = ROOT / "README.md"
CHINESE = ROOT / "README.zh-CN.md"
PROSE = [README, CHINESE, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FRAGMENTS = [path for path in sorted((ROOT / "changelog.d").iterdir()) if path.name[0] != "."]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PICTURES = ("text", "console")  # words for people, translated; all other blocks are to be run
MACHINE = re.compile(r"(?<![\w.$~}/-])/(?:home|Users|root|work|mnt|srv|opt)/\w")


def test_code_runs_by_line_25_of_the_readme():
    lines = README.read_text("utf-8").splitlines()
    fences = [number for number, line in enumerate(lines, 1) if line.startswith("```")]
    assert fences[1] <= 25


def test_the_tree_of_the_readme_names_every_room():
    pattern = r"^[│├└─ ]*src/sommelier/\n((?:.*\n)+?)```"
    for page in (README, CHINESE):
        told = re.search(pattern, page.read_text("utf-8"), re.MULTILINE)[1]
        named = set(re.findall(r"^\s+(\w+)/ ", told, re.MULTILINE))
        assert named == {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


@pytest.mark.parametrize("page", PROSE, ids=shown)
def test_commands_that_pages_name_exist(page):
    for line in commands(page):
        program, *words = line.replace("\\|", "|").split()
        if program == "make":
            targets = re.findall(
                r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
            )
            assert set(words) <= {*targets, "#"}, line
        elif words and re.fullmatch(r"[a-z]+", words[0]):
            command = typer.main.get_command(app)
            while words and hasattr(command, "commands"):
                assert words[0] in command.commands, line
                command = command.commands[words.pop(0)]
            known = {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {
                "--help",
                "-h",
            }
            assert {word for word in words if word.startswith("--")} <= known, line


def test_the_chinese_readme_has_the_same_parts_and_the_same_code():
    english, chinese = README.read_text("utf-8"), CHINESE.read_text("utf-8")
    assert headings(english) == headings(chinese)
    blocks = [BLOCK.findall(page) for page in (english, chinese)]
    assert [kind for kind, _ in blocks[0]] == [kind for kind, _ in blocks[1]]
    for (kind, one), (_, other) in zip(*blocks, strict=True):
        assert kind in PICTURES or code(one) == code(other)


def test_pages_lead_to_pages_that_exist():
    for page in [*PROSE, ROOT / "CHANGELOG.md", ROOT / "benchmarks" / "README.md"]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{shown(page)}: {target}"


@pytest.mark.parametrize("page", PROSE, ids=shown)
def test_files_that_pages_name_exist(page):
    for named in re.findall(r"`([a-z_]+/[\w/]+\.(?:py|toml))`", page.read_text("utf-8")):
        places = (ROOT, PACKAGE, PACKAGE.parent)
        invented = re.search(r"mine\.py$|^shop/", named)  # the reader's own
        assert invented or any((place / named).exists() for place in places), named


def test_the_reference_pages_are_what_the_code_says_now():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    for path, text in generate.pages().items():
        assert path.read_text("utf-8") == text, "run: make docs"


@pytest.mark.parametrize("path", FRAGMENTS, ids=shown)
def test_a_changelog_fragment_is_one_short_paragraph(path):
    assert re.fullmatch(r"[a-z0-9-]+\.(added|changed|fixed|removed)\.md", path.name)
    text = path.read_text("utf-8")
    assert re.fullmatch(r"[A-Z`].*[.!]\n", text, re.DOTALL), "a sentence, then one line end"
    assert "\n\n" not in text
    assert len(text) <= 600


def test_no_tracked_file_holds_a_path_of_somebodys_machine():
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        assert not (found := MACHINE.search(text)), f"{shown(path)}: {found}"


def commands(page):
    """Yield every `sommelier ...` and `make ...` of a page's blocks and inline code."""
    text = page.read_text("utf-8")
    code = [line for _, block in BLOCK.findall(text) for line in block.splitlines()]
    code += re.findall(r"^    (.+)$", text, re.MULTILINE) + re.findall(r"`([^`\n]+)`", text)
    for line in code:
        plain = line.strip().removeprefix("$ ").removeprefix(".venv/bin/").partition("  #")[0]
        if re.match(r"(sommelier|make) [a-z]", plain):
            yield plain


def headings(text):
    return [len(hashes) for hashes in re.findall(r"^(#+) ", BLOCK.sub("", text), re.MULTILINE)]


def code(block):
    """Return what is run, without the remarks."""
    return [line.partition("  #")[0].rstrip() for line in block.splitlines()]
