"""Where everything lies inside one state folder, and the names derived from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CONTEXT = "firstresponder-testbed"
NODE = "testbed"
# A unix socket's path may have 107 bytes; the kubelet's longest one below the folder takes 36.
LONGEST_FOLDER = 68


def default_folder(start: Path | None = None) -> Path:
    """`.testbed/` in the root of the git checkout around `start` (default: here), else in `start` itself."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / ".git").exists():
            return folder / ".testbed"
    return here / ".testbed"


@dataclass(frozen=True)
class Layout:
    """The files of one bed. `root` is absolute, with links resolved, because it identifies the bed."""

    root: Path

    @classmethod
    def of(cls, folder: Path | str) -> Layout:
        """Make the layout of a folder that need not exist yet."""
        return cls(Path(folder).expanduser().resolve())

    @cached_property
    def ident(self) -> str:
        """Eight hex digits that tell this bed's bridge, cgroup and CNI network from another bed's."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:8]

    @property
    def bridge(self) -> str:
        """Name of the pod bridge (an interface name has at most 15 characters)."""
        return f"frtb{self.ident}"

    @property
    def network(self) -> str:
        """Name of the CNI network."""
        return f"frtb-{self.ident}"

    @property
    def cgroup(self) -> str:
        """Name of the cgroup that holds every pod, and nothing else."""
        return f"frtb-{self.ident}"

    @property
    def state(self) -> Path:
        """The record of processes, ports and changes to the machine."""
        return self.root / "state.json"

    @property
    def marker(self) -> Path:
        """Says that the folder is a testbed's and may be emptied; any other folder is left alone."""
        return self.root / ".firstresponder-testbed"

    @property
    def lock(self) -> Path:
        """Held while `up` or `down` works."""
        return self.root / "lock"

    @property
    def logs(self) -> Path:
        """One log per process; kept after `down`."""
        return self.root / "logs"

    @property
    def audit_log(self) -> Path:
        """The API server's audit log: every write, and who made it."""
        return self.logs / "audit.log"

    @property
    def pki(self) -> Path:
        """Keys, certificates and tokens."""
        return self.root / "pki"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.root / "admin.kubeconfig"

    @property
    def containerd_socket(self) -> Path:
        """Where containerd listens."""
        return self.root / "containerd.sock"

    def log(self, name: str) -> Path:
        """Log file of one process."""
        return self.logs / f"{name}.log"

    def part(self, *names: str) -> Path:
        """Make a path below the folder."""
        return self.root.joinpath(*names)
