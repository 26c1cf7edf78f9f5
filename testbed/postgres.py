"""A throw-away PostgreSQL: a cluster of its own in a temporary folder, on loopback, with a password made for it.

It never touches the machine's own clusters or service. PostgreSQL refuses to run as root, and the bed's folder is closed to
others; so its files lie in a folder of their own below /tmp, owned by the user it runs as (`postgres`, else `nobody`).

What a test should know: `fsync` is off. A commit survives the end of any process, also of the whole server by kill -9, but
not a power cut. `synchronous_commit` stays on, so nothing is acknowledged before it is handed to the operating system.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testbed import ports, processes, state
from testbed.layout import Layout
from testbed.problem import BedError, NotReadyError
from testbed.processes import Process
from testbed.state import State

NAME = "postgres"
PORTS = (NAME,)
USER = "firstresponder"
DATABASE = "firstresponder"
_PREFIX = "frtb-pg-"
_DEBIAN = Path("/usr/lib/postgresql")
_PATIENCE = 60.0
_STARTING = 1  # exit code of pg_isready(1): the server rejects connections; 2: there is no answer
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


def programs() -> Path:
    """Folder of PostgreSQL's programs: Debian's newest, else that of the one on PATH. NotReadyError if there is none."""
    found = [path.parent for path in _DEBIAN.glob("*/bin/postgres")]
    if found:
        return max(found, key=lambda path: [int(number) for number in re.findall(r"\d+", path.parent.name)])
    if on_path := shutil.which("postgres"):
        return Path(on_path).resolve().parent
    raise NotReadyError("There is no PostgreSQL here. On Debian or Ubuntu: apt-get install --no-install-recommends postgresql")


def url(now: State) -> str:
    """Address with user and password; empty if the bed has none."""
    if NAME not in now.ports or not now.postgres:
        return ""
    password = (Path(now.postgres) / "password").read_text(encoding="utf-8")
    return f"postgresql://{USER}:{password}@127.0.0.1:{now.ports[NAME]}/{DATABASE}"


def start(layout: Layout, now: State) -> Process:
    """Make the cluster (a second or two) and start it on the port chosen for it; wait until it takes statements."""
    home = Path(tempfile.mkdtemp(prefix=_PREFIX))
    now.postgres = str(home)
    state.save(layout, now)
    (home / "password").write_text(secrets.token_urlsafe(24), encoding="utf-8")
    for path in (home, home / "password"):
        path.chmod(0o700 if path == home else 0o600)
        if os.geteuid() == 0:
            os.chown(path, *_person())
    _run(
        *("initdb", "--pgdata", str(home / "data"), "--username", USER, "--pwfile", str(home / "password")),
        *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions"),
    )
    process = begin(layout, now)
    sql(now, f"CREATE DATABASE {DATABASE}", database="postgres")
    return process


def begin(layout: Layout, now: State) -> Process:
    """Start the cluster that `start` made, once more or for the first time, and wait until it takes statements."""
    home, port = Path(now.postgres), now.ports[NAME]
    words = [f"-c{name}={value}" for name, value in {**_SETTINGS, "port": port, "unix_socket_directories": home}.items()]
    argv = [*_as_user(), str(programs() / "postgres"), "-D", str(home / "data"), *words]
    process = processes.start(layout, NAME, argv, health=str(home / f".s.PGSQL.{port}"))
    now.processes = [each for each in now.processes if each.name != NAME]
    state.add(layout, now, process)
    ready = [str(programs() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-d", "postgres", "-U", USER]
    deadline = time.monotonic() + _PATIENCE
    while subprocess.run(ready, check=False).returncode:
        if not processes.alive(process):
            raise BedError(f"PostgreSQL ended while starting. {processes.tail(process.log)}")
        if time.monotonic() > deadline:
            raise BedError(f"PostgreSQL does not serve after {_PATIENCE:.0f} s. {processes.tail(process.log)}")
        time.sleep(0.05)
    return process


def sql(now: State, statement: str, *, database: str = DATABASE) -> str:
    """Run one statement with psql as the superuser of the cluster and return what it prints."""
    home, port = Path(now.postgres), now.ports[NAME]
    password = {"PGPASSWORD": (home / "password").read_text(encoding="utf-8")}
    command = [str(programs() / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(port)]
    done = subprocess.run(
        [*command, "-U", USER, "-d", database, "-c", statement],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **password},
    )
    if done.returncode:
        raise BedError(f"psql: {done.stderr.strip()}")
    return done.stdout.strip()


def stop(now: State, *, politely: bool = False) -> None:
    """End the server at once, as a crash would (it recovers at the next `begin`), or politely; its files stay.

    Not by SIGKILL: that would leave a piece of shared memory behind.
    """
    process = now.process(NAME)
    if process is None or not processes.alive(process):
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGINT if politely else signal.SIGQUIT)
    deadline = time.monotonic() + 10
    while processes.alive(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    processes.end([process])


def remove(now: State) -> None:
    """End the server and remove its files."""
    stop(now)
    home = Path(now.postgres)
    if now.postgres and home.name.startswith(_PREFIX) and home.is_dir():
        shutil.rmtree(home)


class Postgres:
    """A server that somebody holds: `url`, `sql`, and what tests do to it."""

    __test__ = False

    def __init__(self, layout: Layout, now: State) -> None:
        """Use `running`."""
        self._layout, self._now = layout, now

    @property
    def url(self) -> str:
        """Address with user and password."""
        return url(self._now)

    def sql(self, statement: str) -> str:
        """Run one statement as the superuser and return what it prints."""
        return sql(self._now, statement)

    def stop(self, *, politely: bool = False) -> None:
        """End the server: at once as a crash would, or politely."""
        stop(self._now, politely=politely)

    def begin(self) -> None:
        """Start it again on the same port with the same data."""
        begin(self._layout, self._now)


@contextmanager
def running(folder: Path) -> Iterator[Postgres]:
    """Have a server of one's own; its log and record lie in `folder`."""
    layout = Layout.of(folder)
    now = State(ports=ports.free(PORTS))
    try:
        start(layout, now)
        yield Postgres(layout, now)
    finally:
        remove(now)
        layout.state.unlink(missing_ok=True)


def _person() -> tuple[int, int]:
    """User and group to run as, where we are root."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise NotReadyError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody here to run it as.")


def _as_user() -> list[str]:
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise NotReadyError("PostgreSQL does not run as root, and setpriv (package util-linux) is missing.")
    user, group = _person()
    return [setpriv, f"--reuid={user}", f"--regid={group}", "--clear-groups", "--"]


def _run(program: str, *words: str) -> None:
    argv = [*_as_user(), str(programs() / program), *words]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd="/")
    if done.returncode:
        raise BedError(f"{program} failed:\n{done.stdout[-2000:]}")
