"""The token's home: the environment, or a 0600 file `token` in the data folder, made at the first start."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from firstresponder.errors import BadConfig

VARIABLE = "FIRSTRESPONDER_TOKEN"
FILE = "token"
MAX_BYTES = 4096


def load_or_make_token(data_dir: Path, env: Mapping[str, str], make: Callable[[], str]) -> str:
    """Return the token: `FIRSTRESPONDER_TOKEN`, else the file's, else a new one from `make` that is stored first.

    Raises BadConfig when the file is readable by everybody, is no plain file, or holds no usable token. Two processes
    that start at once agree on one token.
    """
    found = find_token(data_dir, env)
    if found is not None:
        return found
    token = _checked(make(), "the new token")
    path = data_dir / FILE
    fresh = data_dir / f".{FILE}.{os.getpid()}"
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(fresh, token)
    except OSError as error:
        raise BadConfig(f"{path}: cannot be written ({error.strerror}); give --data-dir a folder of your own") from error
    try:
        os.link(fresh, path)  # unlike a rename, this never replaces the token of somebody who was faster
    except FileExistsError:
        return _read(path)
    except OSError as error:
        raise BadConfig(f"{path}: cannot be made ({error.strerror}); set {VARIABLE} instead") from error
    finally:
        fresh.unlink(missing_ok=True)
    return token


def find_token(data_dir: Path, env: Mapping[str, str]) -> str | None:
    """Return the token, or None where none was made yet. Raises BadConfig as `load_or_make_token` does."""
    if given := env.get(VARIABLE, "").strip():
        return _checked(given, VARIABLE)
    try:
        return _read(data_dir / FILE)
    except FileNotFoundError:
        return None


def _read(path: Path) -> str:
    """Read the file through one descriptor, so that what was checked is what is read. Raises FileNotFoundError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BadConfig(f"{path}: cannot be read ({error.strerror}); run as its owner, or set {VARIABLE}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise BadConfig(f"{path}: expected a plain file with the token; remove it, and a new one is made at the next start")
        # Only "others" count: a volume with an fsGroup gets its group bits from the kubelet at each mount.
        if status.st_mode & 0o007:
            raise BadConfig(
                f"{path}: everybody on this machine can use it (mode {stat.S_IMODE(status.st_mode):04o}, expected 0600); "
                f"whoever read it can approve changes: remove it so that a new one is made, or run: chmod 600 {path}"
            )
        content = os.read(descriptor, MAX_BYTES)
    finally:
        os.close(descriptor)
    return _checked(content.decode("ascii", "replace").strip(), str(path))


def _checked(token: str, where: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise BadConfig(f"{where}: expected a token of printable ASCII characters without blanks, got {len(token)} characters")
    return token


def _write(path: Path, token: str) -> None:
    with suppress(FileNotFoundError):
        path.unlink()  # left by a crash of a process with the same id
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
