"""The pod network: a bridge of our own with an address range that this machine does not use.

We make the bridge and give it its address ourselves. So the CNI plugin need not be a gateway, which would switch on
IP forwarding for the whole machine; the kubelet can listen on the bridge instead of a public interface; and the node has
an address that pods reach, even on a machine without any network. Pods reach each other and this machine, nothing else.
"""

from __future__ import annotations

import ipaddress
import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from testbed.layout import Layout
from testbed.problem import BedError
from testbed.state import State

_CANDIDATES = ("10.244.77.0/24", "10.211.77.0/24", "172.31.77.0/24", "172.22.77.0/24", "192.168.177.0/24")


def choose(taken: Iterable[str]) -> str:
    """Choose the first range that overlaps none of the taken ones (each an address range such as 10.0.0.0/8)."""
    used = [ipaddress.ip_network(text, strict=False) for text in taken]
    for text in _candidates():
        if not any(used_one.overlaps(ipaddress.ip_network(text)) for used_one in used if used_one.version == 4):  # noqa: PLR2004
            return text
    raise BedError("Every address range that the testbed could use for pods collides with a route of this machine.")


def _candidates() -> Iterable[str]:
    yield from _CANDIDATES
    yield from (f"10.{second}.77.0/24" for second in range(1, 255))


def taken() -> list[str]:
    """Ranges that this machine's routes lead to, in any table, and its own addresses."""
    ranges = []
    for route in json.loads(_ip("-j", "-4", "route", "show", "table", "all") or "[]"):
        destination = route.get("dst", "default")
        if destination not in {"default", "0.0.0.0/0"}:
            ranges.append(destination)
    return ranges


def gateway(subnet: str) -> str:
    """Give the bridge's own address: the first one of the range. It is also the node's."""
    return str(next(ipaddress.ip_network(subnet).hosts()))


def make(layout: Layout, now: State) -> None:
    """Make the bridge and write the CNI configuration."""
    _ip("link", "add", "name", layout.bridge, "type", "bridge")
    size = ipaddress.ip_network(now.subnet).prefixlen
    _ip("addr", "add", f"{gateway(now.subnet)}/{size}", "dev", layout.bridge)
    _ip("link", "set", layout.bridge, "up")
    folder = layout.part("cni")
    folder.mkdir(exist_ok=True)
    ipam = {
        "type": "host-local",
        "dataDir": str(layout.part("cni-addresses")),
        "ranges": [[{"subnet": now.subnet, "gateway": gateway(now.subnet)}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    plugin = {"type": "bridge", "bridge": layout.bridge, "isGateway": False, "ipMasq": False, "ipam": ipam}
    document = {"cniVersion": "0.4.0", "name": layout.network, "plugins": [plugin]}
    (folder / "10-testbed.conflist").write_text(json.dumps(document), encoding="utf-8")


def remove(layout: Layout) -> None:
    """Remove the bridge; the pods' ends of it went with their network namespaces."""
    if Path(f"/sys/class/net/{layout.bridge}").exists():
        _ip("link", "delete", layout.bridge)


def _ip(*arguments: str) -> str:
    program = shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise BedError("The program ip is missing (package iproute2).")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BedError(f"ip {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout
