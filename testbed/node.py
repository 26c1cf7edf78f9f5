"""containerd and the kubelet: one node with real containers. Needs root."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from testbed import cgroups, health, images, leftovers, network, packages, processes, state, sysctls
from testbed.layout import NODE, Layout
from testbed.problem import BedError
from testbed.state import State

PORTS = ("kubelet", "kubelet-health")
_SEARCH = "/usr/sbin:/usr/bin:/sbin:/bin"

_CONTAINERD = """\
version = 2
root = "{root}/containerd"
state = "{root}/containerd-state"

[grpc]
  address = "{socket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "{root}/containerd-opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # Without CAP_SYS_RESOURCE runc may not lower oom_score_adj, and every pod would fail
  # with "can't get final child's PID from pipe".
  restrict_oom_score_adj = true
  # Network namespaces below our own folder, not /var/run/netns.
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{root}/cni"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "{snapshotter}"

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
      Root = "{root}/runc"
"""


def spawn_containerd(layout: Layout, now: State) -> processes.Process:
    """Start containerd; `import_images` waits for it."""
    config = layout.part("containerd.toml")
    snapshotter = "overlayfs" if "\toverlay\n" in Path("/proc/filesystems").read_text(encoding="utf-8") else "native"
    text = _CONTAINERD.format(root=layout.root, socket=layout.containerd_socket, pause=images.PAUSE, snapshotter=snapshotter)
    config.write_text(text, encoding="utf-8")
    argv = [_program("containerd"), "--config", str(config)]
    process = processes.start(layout, "containerd", argv, health=str(layout.containerd_socket))
    return state.add(layout, now, process)


def import_images(layout: Layout, containerd: processes.Process) -> None:
    """Make the images and hand them to containerd."""
    health.wait(layout, containerd)
    archive = layout.part("images.tar")
    images.write(packages.busybox(), archive)
    ctr = [_program("ctr"), "--address", str(layout.containerd_socket), "--namespace", "k8s.io"]
    done = subprocess.run([*ctr, "images", "import", str(archive)], capture_output=True, text=True, check=False)
    archive.unlink()
    if done.returncode:
        raise BedError(f"The images could not be imported: {done.stderr.strip()}\n{processes.tail(containerd.log)}")


def prepare(layout: Layout, now: State) -> None:
    """Make what the kubelet needs of the machine, after writing down what it will change."""
    leftovers.refuse_second_kubelet()
    now.sysctls = sysctls.read()
    now.made_folders = leftovers.absent_folders()
    state.save(layout, now)
    cgroups.make(layout)
    network.make(layout, now)


def start_kubelet(layout: Layout, now: State, programs: Mapping[str, Path]) -> None:
    """Start the kubelet and wait until it serves."""
    config = layout.part("kubelet.json")
    config.write_text(json.dumps(kubelet_config(layout, now), indent=1), encoding="utf-8")
    process = processes.start(
        layout,
        "kubelet",
        [
            str(programs["kubelet"]),
            f"--config={config}",
            f"--kubeconfig={layout.pki}/kubelet.kubeconfig",
            f"--root-dir={layout.part('kubelet')}",
            f"--hostname-override={NODE}",
            f"--node-ip={network.gateway(now.subnet)}",
            # A flag of the cAdvisor inside; without it container metrics carry no container's name.
            f"--containerd={layout.containerd_socket}",
        ],
        health=f"http://127.0.0.1:{now.ports['kubelet-health']}/healthz",
    )
    health.wait(layout, state.add(layout, now, process))


def kubelet_config(layout: Layout, now: State) -> dict[str, object]:
    """Make the KubeletConfiguration (kubelet.config.k8s.io/v1beta1)."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        # On the bridge only: reachable from this machine and its pods, not from outside.
        "address": network.gateway(now.subnet),
        "port": now.ports["kubelet"],
        "readOnlyPort": 0,
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": now.ports["kubelet-health"],
        "tlsCertFile": f"{layout.pki}/kubelet.crt",
        "tlsPrivateKeyFile": f"{layout.pki}/kubelet.key",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{layout.pki}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": f"unix://{layout.containerd_socket}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        # The limits of each pod hold; the node as a whole is not fenced.
        "enforceNodeAllocatable": [],
        "makeIPTablesUtilChains": False,
        "podLogsDir": f"{layout.root}/pod-logs",
        "volumePluginDir": f"{layout.root}/volume-plugins",
        "clusterDomain": "cluster.local",
        # There is no DNS server. Asking the bridge's own address is refused at once instead of timing out, and naming
        # one at all keeps the kubelet from an event per pod every few seconds.
        "clusterDNS": [network.gateway(now.subnet)],
        # Changes show up in seconds. (The back-off of crashing containers stays what it is.)
        "syncFrequency": "2s",
        "nodeStatusUpdateFrequency": "2s",
        "nodeStatusReportFrequency": "10s",
        "nodeLeaseDurationSeconds": 20,
        "serializeImagePulls": False,
        "registryPullQPS": 0,
        "eventRecordQPS": 0,
        # A full disk of the machine is not what is tested; and images that no registry has must not be collected.
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "0%", "imagefs.available": "0%"},
        "imageGCHighThresholdPercent": 100,
        "shutdownGracePeriod": "0s",
    }


def _program(name: str) -> str:
    found = shutil.which(name, path=_SEARCH)
    if found is None:
        raise BedError(f"The program {name} is missing although its package is installed.")
    return found
