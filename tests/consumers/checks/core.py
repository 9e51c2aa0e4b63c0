"""What every consumer check shares: the unit of work, running a program, the cache of passes.

It must not know any artifact or any program by name.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
CACHE = ROOT / ".cache"
VENV_BIN = CACHE / "venv" / "bin"
SHARED = Path(os.environ.get("TOPOC_SHARED", ROOT.parent / "shared"))
UPSTREAM = Path(os.environ.get("TOPOC_UPSTREAM", SHARED / "upstream"))

ANSIBLE = Path("terraform_ansible/ansible")
TERRAFORM = Path("terraform_ansible/terraform")


@dataclass
class Unit:
    """One run of one consumer: `inputs` maps a name that the check sees to a file; the outcome may depend on nothing else.

    `run` returns the failures in the program's own words; an empty list is a pass.
    """

    label: str
    inputs: dict[str, Path]
    run: Callable[[], list[str]]
    extra: str = ""


@dataclass
class Consumer:
    """A program (or a check of ours, where no program reads the artifact) and how it picks its files from a tree."""

    name: str
    collect: Callable[[Path], Iterable[Unit]]
    programs: list[str] = field(default_factory=list)
    version: Callable[[], str] = lambda: ""


def find_program(name: str) -> str | None:
    """The path of a program, the venv's first; None when it is not installed. A name with a slash is a path."""
    if name.startswith("/"):
        return name if os.path.exists(name) else None
    path = os.pathsep.join([str(VENV_BIN), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    return shutil.which(name, path=path)


def environment(**more: str) -> dict[str, str]:
    """The environment of every program: the same on every machine, so that a result can be cached."""
    path = f"{VENV_BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    home = CACHE / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {"PATH": path, "HOME": str(home), "LC_ALL": "C.UTF-8", "TMPDIR": tempfile.gettempdir(), **more}


def run(command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None, timeout: float = 180) -> tuple[int, str, str]:
    """Runs a program to its end: exit status, stdout, stderr. A program that hangs is a status of 124, not an exception."""
    try:
        done = subprocess.run(
            command, cwd=cwd, env=env or environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return 124, "", f"no answer within {timeout:g} s"
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def run_in_namespace(script: str, *arguments: str, env: dict[str, str] | None = None, timeout: float = 60) -> tuple[int, str, str]:
    """Runs a shell script in its own mount and network namespaces: its mounts and links end with it."""
    return run(["unshare", "-m", "-n", "bash", "-euc", script, "consumer", *arguments], env=env, timeout=timeout)


@contextmanager
def scratch(inside: Path | None = None) -> Iterator[Path]:
    """A directory that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="topoc-consumer-", dir=inside) as name:
        yield Path(name)


def lines(*texts: str) -> list[str]:
    """The lines of a program's output that say something."""
    return [line.rstrip() for text in texts for line in text.splitlines() if line.strip()]


def files_below(directory: Path) -> list[Path]:
    """Every regular file below a directory, in one order on every machine."""
    return sorted(path for path in directory.rglob("*") if path.is_file()) if directory.is_dir() else []


def machines(tree: Path) -> list[Path]:
    """The directories of `files/<machine>`, whose paths below are the paths on that machine."""
    base = tree / ANSIBLE / "files"
    return sorted(path for path in base.iterdir() if path.is_dir()) if base.is_dir() else []


def machine_files(tree: Path, pattern: str) -> Iterator[tuple[Path, Path]]:
    """Every (machine directory, file) whose path on the machine matches a glob."""
    for machine in machines(tree):
        for path in sorted(machine.glob(pattern)):
            if path.is_file():
                yield machine, path


def file_units(tree: Path, paths: Iterable[Path], check: Callable[[Path], list[str]]) -> Iterator[Unit]:
    """One unit a file, for a check that looks at nothing but that file."""
    for path in paths:
        yield Unit(str(path.relative_to(tree)), {path.name: path}, lambda path=path: check(path))


def digest(*parts: bytes | str) -> str:
    """One hash of several parts; their borders count."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()
