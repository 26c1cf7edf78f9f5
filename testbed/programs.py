"""Find the Kubernetes programs: KUBEBUILDER_ASSETS, PATH, our cache; what is missing is built into the cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from testbed.console import Say

MODULE = Path(__file__).parent / "gomod"
MINOR = "1.34"
CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
NODE = ("kubelet",)
# How each program is asked for its version, and what the answer must hold. etcd has a version line of its own.
_ASK: dict[str, tuple[tuple[str, ...], str]] = {
    "etcd": (("--version",), r"etcd Version: 3\.[5-9]\."),
    "kubectl": (("version", "--client"), rf"Client Version: v{re.escape(MINOR)}\."),
}
_ASK_KUBE = (("--version",), rf"Kubernetes v{re.escape(MINOR)}\.")
_PATIENCE = 20

Build = Callable[[Sequence[str], Path, Say], None]


@dataclass
class Found:
    """Programs by name, and for each rejected one the reason."""

    paths: dict[str, Path] = field(default_factory=dict)
    rejected: list[str] = field(default_factory=list)


def cache_root(environment: Mapping[str, str] = os.environ) -> Path:
    """Folder of the cache: FIRSTRESPONDER_TESTBED_CACHE, else below XDG_CACHE_HOME, else below ~/.cache."""
    if chosen := environment.get("FIRSTRESPONDER_TESTBED_CACHE"):
        return Path(chosen).expanduser().resolve()
    home = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home).expanduser().resolve() / "firstresponder" / "testbed"


def cache_key(module: Path = MODULE) -> str:
    """Name the pinned sources: the hash of go.sum, which changes with every version in it."""
    return hashlib.sha256((module / "go.sum").read_bytes()).hexdigest()[:16]


def mismatch(path: Path) -> str:
    """Say why this file is not the program that we want; empty if it is."""
    question, wanted = _ASK.get(path.name, _ASK_KUBE)
    try:
        answer = subprocess.run([str(path), *question], capture_output=True, text=True, timeout=_PATIENCE, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"does not run ({error})"
    if re.search(wanted, answer):
        return ""
    first = next(iter(answer.strip().splitlines()), "") or "nothing"
    return f"its version is not {'3.5 or newer' if path.name == 'etcd' else MINOR}: it says “{first.strip()}”"


def find(names: Sequence[str], environment: Mapping[str, str] = os.environ, check: Callable[[Path], str] = mismatch) -> Found:
    """Look for each program in the three places, in this order; a wrong version is rejected with its reason."""
    found = Found()
    assets = environment.get("KUBEBUILDER_ASSETS", "")
    cache = cache_root(environment) / cache_key()
    for name in names:
        on_path = shutil.which(name, path=environment.get("PATH", ""))
        for place in (Path(assets) / name if assets else None, Path(on_path) if on_path else None):
            if place is None or not place.is_file():
                continue
            if reason := check(place):
                found.rejected.append(f"{place}: {reason}")
                continue
            found.paths[name] = place
            break
        # The cache holds only what we built from exactly these sources: no need to ask.
        if name not in found.paths and (cache / name).is_file():
            found.paths[name] = cache / name
    return found


def obtain(names: Sequence[str], say: Say, build: Build, environment: Mapping[str, str] = os.environ) -> dict[str, Path]:
    """Find all of these programs, build those that are missing."""
    found = find(names, environment)
    for reason in found.rejected:
        say(f"not used: {reason}")
    missing = [name for name in names if name not in found.paths]
    if missing:
        cache = cache_root(environment) / cache_key()
        build(missing, cache, say)
        found.paths.update({name: cache / name for name in missing})
    return found.paths
