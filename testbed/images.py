"""Container images made by hand: one layer of busybox and the application's script, and a configuration per image.

The result is one tar archive in the OCI image layout (image-layout.md of the OCI image specification); containerd reads
the names from the annotation `io.containerd.image.name`. The same input gives the same bytes, hence the same digests.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_APP = Path(__file__).parent / "app.sh"
_PATH = "PATH=/bin"
_MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}
# A pod's first process holds its namespaces; `wait` in a shell also reaps orphans where pods share their processes.
_PAUSE = ["/bin/sh", "-c", "trap 'exit 0' TERM INT; while :; do sleep 86400 & wait $!; done"]
PAUSE = "docker.io/local/pause:v1"


@dataclass(frozen=True)
class Image:
    """One image: its full name, its command and its environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


IMAGES = (
    Image(PAUSE, _PAUSE),
    Image("docker.io/local/app:v1", ["/app"], {"APP_VERSION": "v1"}),
    Image("docker.io/local/app:v2", ["/app"], {"APP_VERSION": "v2", "APP_CRASH": "1"}),
    Image("docker.io/local/app:v3", ["/app"], {"APP_VERSION": "v3"}),
    Image("docker.io/local/tools:v1", ["/bin/sh"]),
)


def applets(busybox: Path) -> list[str]:
    """Names under which this busybox can be called."""
    return subprocess.run([str(busybox), "--list"], capture_output=True, text=True, check=True).stdout.split()


def layer(busybox: bytes, names: Sequence[str], app: bytes) -> bytes:
    """Make the tar of the root file system."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for folder, mode in (("bin", 0o755), ("etc", 0o755), ("proc", 0o555), ("tmp", 0o1777)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            tar.addfile(entry)
        _add(tar, "bin/busybox", busybox, 0o755)
        for name in sorted(set(names) - {"busybox"}):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        _add(tar, "app", app, 0o755)
        _add(tar, "etc/passwd", b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n", 0o644)
        _add(tar, "etc/group", b"root:x:0:\nnobody:x:65534:\n", 0o644)
    return out.getvalue()


def archive(images: Sequence[Image], root: bytes) -> bytes:
    """Make the OCI layout of these images, which share the layer `root`."""
    blobs: dict[str, bytes] = {}

    def blob(kind: str, content: bytes) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[digest] = content
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(content)}

    layer_entry = blob("layer.v1.tar", root)
    entries = []
    for image in images:
        config = {
            "architecture": _MACHINE.get(platform.machine(), platform.machine()),
            "os": "linux",
            "config": {
                "Entrypoint": list(image.command),
                "Env": [_PATH, *(f"{name}={value}" for name, value in image.environment.items())],
                "ExposedPorts": {"8080/tcp": {}},
            },
            # The layer is not compressed, so its diff id is its digest.
            "rootfs": {"type": "layers", "diff_ids": [layer_entry["digest"]]},
            "history": [{"created_by": f"testbed {image.name}"}],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": blob("config.v1+json", _json(config)),
            "layers": [layer_entry],
        }
        tag = image.name.rpartition(":")[2]
        names = {"io.containerd.image.name": image.name, "org.opencontainers.image.ref.name": tag}
        entries.append({**blob("manifest.v1+json", _json(manifest)), "annotations": names})
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        _add(tar, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add(tar, "index.json", _json({"schemaVersion": 2, "manifests": entries}))
        for digest, content in blobs.items():
            _add(tar, f"blobs/sha256/{digest}", content)
    return out.getvalue()


def write(busybox: Path, to: Path) -> None:
    """Write the archive of all images."""
    to.write_bytes(archive(IMAGES, layer(busybox.read_bytes(), applets(busybox), _APP.read_bytes())))


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))


def _json(document: object) -> bytes:
    return json.dumps(document, sort_keys=True).encode()
