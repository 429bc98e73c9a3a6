"""Starts and ends the service that is measured, as a process of its own; knows its memory."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

__all__ = ["Served", "serving"]

_PATIENCE = 120.0  # seconds until it must be ready


class Served:
    """A running service."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def resident(self) -> float:
        """Return the memory that it and its children hold, in MB."""
        total = 0
        for pid in [self.process.pid, *_children(self.process.pid)]:
            status = Path(f"/proc/{pid}/status").read_text("utf-8")
            line = next(one for one in status.splitlines() if one.startswith("VmRSS"))
            total += int(line.split()[1])
        return round(total / 1024, 1)


@contextmanager
def serving(workspace: Path, port: int, *more: str, core: str = "") -> Iterator[Served]:
    """Serve a workspace until the block ends; `core` pins it (taskset)."""
    command = [sys.executable, "-m", "sommelier", "serve", str(workspace), "--port", str(port)]
    pinned = ["taskset", "-c", core, *command] if core else command
    process = subprocess.Popen([*pinned, *more], stderr=subprocess.DEVNULL)
    served = Served(process, port)
    try:
        _wait(served)
        yield served
    finally:
        process.terminate()
        process.wait(60)


def _wait(served: Served) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if served.process.poll() is not None:
            raise SystemExit(f"The service ended with {served.process.returncode}.")
        try:
            with urlopen(f"http://127.0.0.1:{served.port}/health/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"The service was not ready after {_PATIENCE:g} s.")


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    return [int(child) for child in found]
