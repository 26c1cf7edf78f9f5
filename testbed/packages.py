"""The Debian packages of the full bed: say which are missing, ask, install without starting their services."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from testbed.console import Say
from testbed.problem import BedError, NotReadyError

# What the full bed runs, where Debian puts it, and which package brings it.
NEEDED: dict[str, tuple[str, ...]] = {
    "containerd": ("/usr/bin/containerd", "/usr/bin/ctr"),
    "runc": ("/usr/sbin/runc", "/usr/bin/runc"),
    "containernetworking-plugins": ("/usr/lib/cni/bridge",),
    "busybox-static": ("/bin/busybox", "/usr/bin/busybox"),
    "prometheus": ("/usr/bin/prometheus",),
    "prometheus-alertmanager": ("/usr/bin/prometheus-alertmanager",),
    "iproute2": ("/usr/sbin/ip", "/sbin/ip", "/bin/ip"),
    "postgresql": ("/usr/lib/postgresql/*/bin/postgres",),
    "chromium": ("/usr/bin/chromium", "/usr/bin/chromium-browser"),
}
SERVICES = {
    "postgresql": "postgresql.service",
    "containerd": "containerd.service",
    "prometheus": "prometheus.service",
    "prometheus-alertmanager": "prometheus-alertmanager.service",
}
_PT_INTERP = 3
# The package would make a database cluster of its own, and start it at every boot; see pg_createcluster(1).
_CLUSTERS = Path("/etc/postgresql-common/createcluster.conf")
_CLUSTERS_AS_SHIPPED = Path("/usr/share/postgresql-common/createcluster.conf")
_NO_CLUSTER = "create_main_cluster = false\n"
_POLICY = Path("/usr/sbin/policy-rc.d")
_POLICY_BODY = "#!/bin/sh\n# Put here by the Firstresponder testbed while it installs packages: start no service.\nexit 101\n"


def missing() -> list[str]:
    """Packages whose programs are not there."""
    return [name for name, places in NEEDED.items() if not any(_there(place) for place in places) or _wrong(name)]


def _there(place: str) -> bool:
    """Whether a file of this name is there; `*` stands for a version."""
    return any(path.exists() for path in Path("/").glob(place.removeprefix("/")))


def _wrong(name: str) -> bool:
    """Whether a program is there but of no use: a busybox that needs libraries cannot live in an image alone."""
    return name == "busybox-static" and wants_loader(busybox().read_bytes())


def wants_loader(program: bytes) -> bool:
    """Whether a 64-bit ELF program is dynamically linked: it has a program header of type PT_INTERP (elf(5))."""
    start, size, count = struct.unpack_from("<Q", program, 32)[0], *struct.unpack_from("<HH", program, 54)
    return any(struct.unpack_from("<I", program, start + index * size)[0] == _PT_INTERP for index in range(count))


def busybox() -> Path:
    """Path of busybox."""
    return next(Path(place) for place in NEEDED["busybox-static"] if Path(place).exists())


def ensure(say: Say, environment: Mapping[str, str] = os.environ) -> None:
    """Have every package, or explain what is missing and how to get it."""
    lacking = missing()
    if not lacking:
        return
    command = f"apt-get install --no-install-recommends {' '.join(lacking)}"
    if not _debian() or not shutil.which("apt-get"):
        raise NotReadyError(
            f"The full testbed needs what these Debian packages hold: {', '.join(lacking)}. This is neither Debian nor "
            "Ubuntu: run it in a Debian 12 machine, or use --control-plane-only, which needs no packages."
        )
    if os.geteuid() != 0:
        raise NotReadyError(f"Missing packages: {', '.join(lacking)}. Install them as root: {command}")
    say(f"missing packages: {', '.join(lacking)}")
    say(f"they are installed with: {command}")
    say("their services are neither started nor enabled; the packages stay installed after `down`")
    if not _agreed(environment):
        raise NotReadyError("Not installed. Say yes, set YES=1, or install the packages yourself and run this again.")
    _install(lacking, say)
    if still := missing():
        raise BedError(f"Installed, and still missing: {', '.join(still)}.")


def _debian() -> bool:
    release = Path("/etc/os-release")
    text = release.read_text(encoding="utf-8") if release.exists() else ""
    ids = [line.partition("=")[2].strip('"') for line in text.splitlines() if line.startswith(("ID=", "ID_LIKE="))]
    return any(name in {"debian", "ubuntu"} for value in ids for name in value.split())


def _agreed(environment: Mapping[str, str]) -> bool:
    """YES=1 or any non-empty CI agrees; otherwise a person at a terminal is asked."""
    if environment.get("YES") in {"1", "yes", "true"} or environment.get("CI"):
        return True
    if not sys.stdin.isatty():
        return False
    return input("Install them now? [y/N] ").strip().lower() in {"y", "yes"}


def _install(names: list[str], say: Say) -> None:
    # ucf(1): where a package ships a new form of a configuration file, ours stays.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "UCF_FORCE_CONFFOLD": "1"}
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-q", "-y"]
    with _no_services(), _no_clusters():
        for command in ([*apt, "update"], [*apt, "install", "--no-install-recommends", *names]):
            say("$ " + " ".join(command))
            done = subprocess.run(
                command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
            )
            # A stale index is no reason to fail: the install says what it could not get.
            if done.returncode and "install" in command:
                raise BedError(f"apt-get failed:\n{done.stdout[-3000:]}")
    # The packages enable their units for the next boot as well.
    if units := [SERVICES[name] for name in names if name in SERVICES]:
        if systemctl := shutil.which("systemctl"):
            subprocess.run([systemctl, "disable", *units], capture_output=True, check=False)
        say(f"not enabled at boot: {', '.join(units)}")


@contextmanager
def _no_clusters() -> Iterator[None]:
    """Forbid that PostgreSQL's package makes a cluster, and put the setting back as it was, or as it is shipped."""
    before = _CLUSTERS.read_bytes() if _CLUSTERS.exists() else None
    _CLUSTERS.parent.mkdir(parents=True, exist_ok=True)
    _CLUSTERS.write_text(_NO_CLUSTER, encoding="utf-8")
    try:
        yield
    finally:
        if before is None and _CLUSTERS_AS_SHIPPED.exists():
            before = _CLUSTERS_AS_SHIPPED.read_bytes()
        if before is None:
            _CLUSTERS.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                _CLUSTERS.parent.rmdir()
        else:
            _CLUSTERS.write_bytes(before)


@contextmanager
def _no_services() -> Iterator[None]:
    """Forbid that package scripts start services (see invoke-rc.d(8)), and put back what was there before."""
    before = _POLICY.read_bytes() if _POLICY.exists() else None
    mode = _POLICY.stat().st_mode & 0o7777 if before is not None else 0
    _POLICY.write_text(_POLICY_BODY, encoding="utf-8")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            _POLICY.unlink(missing_ok=True)
        else:
            _POLICY.write_bytes(before)
            _POLICY.chmod(mode)
