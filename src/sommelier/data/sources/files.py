"""What lies at a path: one file, a folder, or a zip, seen as one list of files.

Files are known by what is in them, not by their names. Text is brought into one form (plain UTF-8
on disk) once, so that every reader after it is simple. Knows nothing of columns or rows.
"""

import codecs
import gzip
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from sommelier.errors import DataError

__all__ = ["File", "Files", "Form", "opened"]

_BLOCK: Final = 1 << 24
_MAGIC: Final = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"PAR1": "parquet",
    b"%PDF": "pdf",
    b"SQLite format": "sqlite",
    b"\xd0\xcf\x11\xe0": "xls",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstd",
}
_SUFFIXES: Final = {".gz": "gzip", ".zip": "zip", ".parquet": "parquet", ".pq": "parquet"}

_ABOUT: Final = re.compile(r"\.|readme|licen[sc]e|.*\.md$", re.IGNORECASE)

Form = Literal["text", "json", "parquet"]


@dataclass
class File:
    """One file of data. `label` is what messages call it."""

    path: Path
    label: str
    scratch: Path
    _plain: Path | None = field(default=None, repr=False)
    encoding: str = "utf-8"

    @property
    def stem(self) -> str:
        """The name without folders and without endings."""
        return Path(self.label).name.split(".")[0]

    @property
    def form(self) -> Form:
        """What is in it: a table as text, JSON lines, or Parquet."""
        if _packing(self.path, self.label) == "parquet":
            return "parquet"
        return "json" if self.head(1)[:1] and self.head(1)[0].lstrip()[:1] in "{[" else "text"

    def head(self, lines: int) -> list[str]:
        """Return the first lines, without their ends."""
        with self.plain().open(encoding="utf-8-sig", newline="") as file:
            return [line.rstrip("\r\n") for line, _ in zip(file, range(lines), strict=False)]

    def plain(self) -> Path:
        """Return a plain UTF-8 file with the same text: this one, or a copy made once."""
        if self._plain is None:
            self._plain, self.encoding = _to_plain(self)
        return self._plain


@dataclass(frozen=True)
class Files:
    """All files at one path, by their name inside it."""

    path: Path
    files: dict[str, File]

    def get(self, name: str) -> File | None:
        """Return the file of that name, packed or not, wherever it lies; names ignore case."""
        for label, found in self.files.items():
            base = Path(label).name.lower()
            if base.removesuffix(".gz") == name.lower():
                return found
        return None

    def with_suffix(self, *suffixes: str) -> list[File]:
        """Return the files whose names end so, packed or not."""
        return [
            found
            for label, found in self.files.items()
            if label.lower().removesuffix(".gz").endswith(suffixes)
        ]

    def only(self) -> File:
        """Return the file that stands alone here; DataError if there are several."""
        if len(self.files) > 1:
            raise DataError(
                f"{self.path} holds {len(self.files)} files where one is expected.",
                hint=f"Name one, or read all with --from: {', '.join(list(self.files)[:5])}.",
            )
        return next(iter(self.files.values()))

    def __iter__(self) -> Iterator[File]:
        return iter(self.files.values())


@contextmanager
def opened(path: Path) -> Iterator[Files]:
    """Yield what lies at `path`; unpacked copies live as long as the context.

    Of a folder or zip with folders inside, the files of the outermost level that has any count. A
    folder that holds nothing but a zip is that zip.
    """
    if not path.exists():
        raise DataError(f"There is no file or folder {path}.", hint="Check the path.")
    with TemporaryDirectory(prefix="sommelier-") as temporary:
        scratch = Path(temporary)
        found = _outermost(path) if path.is_dir() else [path]
        if len(found) == 1 and _packing(found[0], found[0].name) == "zip":
            found = _outermost(_unpacked(found[0], scratch / "zip"))
        if not found:
            raise DataError(f"{path} holds no files.", hint="Name the file or folder of the data.")
        yield Files(path, {p.name: File(p, p.name, scratch) for p in found})


def _outermost(folder: Path) -> list[Path]:
    level = [folder]
    while level:
        inside = sorted(path for one in level for path in one.iterdir())
        files = [path for path in inside if path.is_file() and not _ABOUT.match(path.name)]
        if files:
            return files
        level = [path for path in inside if path.is_dir() and not path.name.startswith(("__", "."))]
    return []


def _unpacked(path: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError) as error:
        raise DataError(f"{path} cannot be unpacked: {error}", hint="Download it again.") from error
    return folder


def _packing(path: Path, label: str) -> str:
    """Return what a file is by its first bytes; DataError if its name says something else."""
    with path.open("rb") as file:
        start = file.read(16)
    found = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), "text")
    named = _SUFFIXES.get(Path(label).suffix.lower(), "text")
    if not start:
        raise DataError(f"{label} is empty.", hint="Check that the download or export finished.")
    if found != named:
        raise DataError(
            f"{label} is no {named} file as its name says: its content is {found}.",
            hint=f"Give it the ending of a {found} file, or export CSV, JSON lines or Parquet.",
        )
    return found


def _to_plain(file: File) -> tuple[Path, str]:
    packing = _packing(file.path, file.label)
    if packing not in ("text", "gzip"):
        raise DataError(
            f"{file.label} is a {packing} file, where a table as text was expected.",
            hint="Unpack it, or name it itself with --from.",
        )
    source = file.path
    if packing == "gzip":
        source = _fresh(file)
        try:
            with gzip.open(file.path) as packed, source.open("wb") as out:
                shutil.copyfileobj(packed, out, _BLOCK)
        except (OSError, EOFError) as error:
            raise DataError(
                f"{file.label} cannot be unpacked: {error}", hint="Download it again."
            ) from error
    encoding = _encoding(source, file.label)
    if encoding == "utf-8":
        return source, encoding
    target = _fresh(file)
    with (
        source.open(encoding=encoding, newline="") as old,
        target.open("w", encoding="utf-8", newline="") as new,
    ):
        shutil.copyfileobj(old, new, _BLOCK)
    return target, encoding


def _fresh(file: File) -> Path:
    number = len(list(file.scratch.iterdir()))
    return file.scratch / f"{number}-{Path(file.label).name}"


def _encoding(path: Path, label: str) -> str:
    """Return how the text is written: utf-8, utf-16, cp1252, or latin-1 where bytes fit nothing."""
    check = codecs.getincrementaldecoder("utf-8")()
    narrow = False
    with path.open("rb") as file:
        start = file.read(4)
        if not start:
            raise DataError(f"{label} is empty.", hint="Check that the download finished.")
        if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        while block := file.read(_BLOCK):
            if b"\x00" in block:
                raise DataError(
                    f"{label} is no text: it holds zero bytes.",
                    hint="Export it as CSV, JSON lines or Parquet.",
                )
            try:
                check.decode(block)
            except UnicodeDecodeError:
                return "latin-1" if narrow else _narrow(path)
    return "utf-8"


def _narrow(path: Path) -> str:
    """Return cp1252 unless a byte is none of its letters."""
    undefined = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if len(block.translate(None, undefined)) != len(block):
                return "latin-1"
    return "cp1252"
