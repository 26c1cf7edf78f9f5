"""Traces outside the state folder: folders built into the kubelet, containerd and libcni, and what they leave there."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable
from pathlib import Path

from testbed.layout import Layout
from testbed.problem import NotReadyError

_SHIM_SOCKETS = Path("/run/containerd/s")
_CONTAINER_LINKS = Path("/var/log/containers")
_CNI_RESULTS = Path("/var/lib/cni/results")
_DEVICE_SOCKET = Path("/var/lib/kubelet/device-plugins/kubelet.sock")
# Deepest first: they are removed in this order, where they were not there before and are empty.
_FOLDERS = (
    _SHIM_SOCKETS,
    _SHIM_SOCKETS.parent,
    _CONTAINER_LINKS,
    _CNI_RESULTS,
    _CNI_RESULTS.parent,
    _DEVICE_SOCKET.parent,
    _DEVICE_SOCKET.parent.parent,
)


def refuse_second_kubelet() -> None:
    """Two kubelets on one machine share this folder, and a starting one empties it."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(_DEVICE_SOCKET))
        except OSError:
            return
    raise NotReadyError(
        "Another kubelet runs on this machine (another testbed, k3s, kubeadm …); two disturb each other. "
        "End it first, or use --control-plane-only."
    )


def absent_folders() -> list[str]:
    """Folders that our programs are going to make."""
    return [str(folder) for folder in _FOLDERS if not folder.exists()]


def files(layout: Layout) -> list[Path]:
    """Files of ours outside the state folder; to be read before that is emptied, and removed after the last process."""
    return [*_shim_sockets(layout), *_links(layout), *_results(layout)]


def remove(ours: Iterable[Path], made: Iterable[str]) -> None:
    """Remove these files, and those folders of ours that are empty."""
    for path in ours:
        path.unlink(missing_ok=True)
    folders = [Path(text) for text in made]
    if _DEVICE_SOCKET.parent in folders:
        _DEVICE_SOCKET.unlink(missing_ok=True)
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _shim_sockets(layout: Layout) -> list[Path]:
    """Sockets of our shims; containerd notes their names beside each container."""
    found = []
    for note in layout.part("containerd-state").glob("io.containerd.runtime.v2.task/*/*/address"):
        with contextlib.suppress(OSError):
            path = Path(note.read_text(encoding="utf-8").strip().removeprefix("unix://"))
            if path.parent == _SHIM_SOCKETS:
                found.append(path)
    return found


def _links(layout: Layout) -> list[Path]:
    """Links to our pods' logs."""
    if not _CONTAINER_LINKS.is_dir():
        return []
    links = [entry for entry in _CONTAINER_LINKS.iterdir() if entry.is_symlink()]
    return [link for link in links if link.readlink().is_relative_to(layout.root)]


def _results(layout: Layout) -> list[Path]:
    """What libcni remembers of our network, and of the loopback interface of the same pods."""
    prefix, suffix = f"{layout.network}-", "-eth0"
    found = []
    for result in _CNI_RESULTS.glob(f"{prefix}*{suffix}"):
        pod = result.name.removeprefix(prefix).removesuffix(suffix)
        found += [result, _CNI_RESULTS / f"cni-loopback-{pod}-lo"]
    return found
