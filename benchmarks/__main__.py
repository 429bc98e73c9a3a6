"""Runs the benchmarks one after the other and keeps what they print.

    python -m benchmarks                     every script of speed/ and quality/
    python -m benchmarks encoder quality     those named: a script or a whole room
    python -m benchmarks encoder -- --threads 1

A script is a file whose docstring names its own command; the others help one. What it prints goes
to the terminal and to `<room>/results/<script>.run.json`, with the command, the commit, the machine
and a digest of the code it was run on; it may write more files itself. A script whose result
belongs to the code as it stands is skipped, so that an interrupted run goes on where it was.
"""

import argparse
import ast
import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
ROOMS = ("speed", "quality")


def scripts() -> dict[str, Path]:
    """Return every file that can be run, by `room.name`."""
    found = [path for room in ROOMS for path in sorted((HERE / room).glob("*.py"))]
    names = {f"{path.parent.name}.{path.stem}": path for path in found}
    return {name: path for name, path in names.items() if named(name, path.read_text("utf-8"))}


def named(name: str, text: str) -> bool:
    """Return whether a file's docstring names the command that runs it."""
    said = ast.get_docstring(ast.parse(text)) or ""
    return f"benchmarks.{name}" in said or f"benchmarks/{name.replace('.', '/')}.py" in said


def code(script: Path) -> str:
    """Return a digest of all that a result depends on in this repository."""
    files = [p for p in (ROOT / "src").rglob("*") if p.suffix in (".py", ".toml", ".jsonl", ".txt")]
    digest = hashlib.sha256()
    for path in sorted([*files, *script.parent.glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def fresh(script: Path, arguments: list[str]) -> bool:
    """Return whether the kept result is of this code and these arguments."""
    try:
        kept = json.loads(result(script).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return kept.get("code") == code(script) and kept.get("arguments") == arguments


def result(script: Path) -> Path:
    return script.parent / "results" / f"{script.stem}.run.json"


def run(name: str, script: Path, arguments: list[str]) -> bool:
    """Run one script, showing and keeping what it prints; False if it failed."""
    began, printed, of = time.perf_counter(), [], code(script)
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            printed.append(line.rstrip("\n"))
    if process.returncode:
        print(f"{name} ended with {process.returncode}; its former result stays", file=sys.stderr)
        return False
    card = {
        "command": " ".join(["python", *command[1:]]),
        "arguments": arguments,
        "commit": commit(),
        "code": of,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "seconds": round(time.perf_counter() - began, 1),
        "printed": told(printed),
    }
    result(script).parent.mkdir(exist_ok=True)
    result(script).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return True


def told(lines: list[str]) -> object:
    """Return the JSON that a script printed, or its lines as they are."""
    try:
        return json.loads("\n".join(lines))
    except ValueError:
        return lines


def commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def machine() -> dict[str, object]:
    from importlib.metadata import version

    libraries = ("numpy", "polars", "scipy", "implicit", "onnxruntime")
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in libraries},
    }


def chosen(names: list[str], known: dict[str, Path]) -> dict[str, Path]:
    """Return the scripts that the names mean: `room`, `script` or `room.script`."""
    for name in names:
        if not any(name in (full, *full.split(".")) for full in known):
            sys.exit(f"There is no benchmark {name!r}. Known: {', '.join(known)}")
    return {
        full: path
        for full, path in known.items()
        if not names or {full, *full.split(".")} & set(names)
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", help="scripts or rooms; all by default")
    parser.add_argument("--force", action="store_true", help="also those with a fresh result")
    parser.add_argument("--list", action="store_true", help="only say what would be run")
    asked = sys.argv[1:]
    cut = asked.index("--") if "--" in asked else len(asked)
    options, passed = parser.parse_args(asked[:cut]), asked[cut + 1 :]
    failed = []
    for name, script in chosen(options.names, scripts()).items():
        done = not options.force and fresh(script, passed)
        print(f"== {name}{': fresh, skipped' if done else ''}", flush=True)
        if not (done or options.list or run(name, script, passed)):
            failed.append(name)
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
