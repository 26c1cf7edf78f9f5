"""Ask a process whether it serves: an https or http address, or a unix socket that accepts."""

from __future__ import annotations

import socket
import ssl
import time
import urllib.error
import urllib.request

from testbed.layout import Layout
from testbed.problem import BedError
from testbed.processes import Process, alive, tail

HTTP_OK = 200


def context(layout: Layout, *, client: bool = False) -> ssl.SSLContext:
    """TLS settings that trust the bed's own authority and nothing else."""
    made = ssl.create_default_context(cafile=str(layout.pki / "ca.crt"))
    if client:
        made.load_cert_chain(layout.pki / "client.crt", layout.pki / "client.key")
    return made


def trouble(layout: Layout, process: Process, timeout: float = 2.0) -> str:
    """Say why this process is not healthy; empty if it is."""
    if not alive(process):
        return "not running"
    if not process.health:
        return ""
    try:
        if process.health.startswith("/"):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(timeout)
                probe.connect(process.health)
            return ""
        tls = context(layout, client=True) if process.health.startswith("https:") else None
        with urllib.request.urlopen(process.health, timeout=timeout, context=tls) as answer:  # noqa: S310  our own address
            return "" if answer.status == HTTP_OK else f"answers {answer.status}"
    except urllib.error.HTTPError as error:
        return f"answers {error.code}"
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error)) or type(error).__name__


def wait(layout: Layout, process: Process, timeout: float = 60.0) -> None:
    """Wait until a process serves; when it ends or time runs out, show the end of its log."""
    deadline = time.monotonic() + timeout
    while reason := trouble(layout, process):
        if not alive(process):
            raise BedError(f"{process.name} ended while starting. {tail(process.log)}")
        if time.monotonic() > deadline:
            raise BedError(f"{process.name} does not serve after {timeout:.0f} s: {reason}. {tail(process.log)}")
        time.sleep(0.1)
