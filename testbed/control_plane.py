"""etcd, the API server, the controller manager and the scheduler; no root needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from testbed import certs, health, processes, state
from testbed.layout import Layout
from testbed.state import State

PORTS = ("etcd", "etcd-peer", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
# Virtual addresses: no proxy runs, so they are never routed.
SERVICE_RANGE = "10.96.0.0/16"
HERE = "127.0.0.1"

# Who wrote what, for tests that must prove that nothing was written. Leases and events would drown the rest.
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "verbs": ["get", "list", "watch"]},
        {"level": "None", "resources": [{"group": "coordination.k8s.io"}], "users": ["system:apiserver"]},
        {"level": "None", "userGroups": ["system:nodes"]},
        {"level": "Metadata"},
    ],
}


def server(ports: Mapping[str, int]) -> str:
    """Address of the API server."""
    return f"https://{HERE}:{ports['kube-apiserver']}"


def start(layout: Layout, now: State, programs: Mapping[str, Path]) -> None:
    """Start everything and wait until it serves."""
    for name in ("controller-manager", "scheduler", "kubelet", "exporter"):
        certs.kubeconfig(layout, layout.pki / f"{name}.kubeconfig", server(now.ports), certs.token(layout, name))
    certs.kubeconfig(layout, layout.kubeconfig, server(now.ports), certs.token(layout, "admin"))
    policy = layout.part("audit-policy.json")
    policy.write_text(json.dumps(AUDIT_POLICY), encoding="utf-8")

    def run(name: str, flags: list[str], path: str) -> processes.Process:
        address = f"https://{HERE}:{now.ports[name]}{path}"
        return state.add(layout, now, processes.start(layout, name, [str(programs[name]), *flags], health=address))

    health.wait(layout, run("etcd", _etcd(layout, now.ports), "/health"))
    health.wait(layout, run("kube-apiserver", _apiserver(layout, now.ports, policy), "/readyz"))
    # These two need no order among themselves.
    last = (
        run("kube-controller-manager", _controller_manager(layout, now.ports), "/healthz"),
        run("kube-scheduler", _scheduler(layout, now.ports), "/healthz"),
    )
    for process in last:
        health.wait(layout, process)


def _tls(layout: Layout) -> list[str]:
    return [f"--tls-cert-file={layout.pki}/server.crt", f"--tls-private-key-file={layout.pki}/server.key"]


def _etcd(layout: Layout, ports: Mapping[str, int]) -> list[str]:
    # With client certificates even here: whoever may write to etcd is root through the kubelet.
    client, peer = f"https://{HERE}:{ports['etcd']}", f"http://{HERE}:{ports['etcd-peer']}"
    return [
        "--name=testbed",
        f"--data-dir={layout.part('etcd')}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=testbed={peer}",
        f"--cert-file={layout.pki}/server.crt",
        f"--key-file={layout.pki}/server.key",
        f"--trusted-ca-file={layout.pki}/ca.crt",
        "--client-cert-auth",
        # The data is thrown away at the end anyhow.
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _apiserver(layout: Layout, ports: Mapping[str, int], policy: Path) -> list[str]:
    pki = layout.pki
    return [
        f"--bind-address={HERE}",
        f"--advertise-address={HERE}",
        f"--secure-port={ports['kube-apiserver']}",
        *_tls(layout),
        f"--client-ca-file={pki}/ca.crt",
        f"--etcd-servers=https://{HERE}:{ports['etcd']}",
        f"--etcd-cafile={pki}/ca.crt",
        f"--etcd-certfile={pki}/client.crt",
        f"--etcd-keyfile={pki}/client.key",
        f"--token-auth-file={pki}/tokens.csv",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-signing-key-file={pki}/service-account.key",
        f"--service-account-key-file={pki}/service-account.key",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        # There is one API server on loopback: no endpoint of it may be announced to pods.
        "--endpoint-reconciler-type=none",
        "--kubelet-preferred-address-types=InternalIP,Hostname",
        f"--kubelet-certificate-authority={pki}/ca.crt",
        f"--kubelet-client-certificate={pki}/client.crt",
        f"--kubelet-client-key={pki}/client.key",
        "--allow-privileged=true",
        "--profiling=false",
        f"--audit-policy-file={policy}",
        f"--audit-log-path={layout.audit_log}",
        "--audit-log-maxsize=50",
        "--audit-log-maxbackup=1",
    ]


def _controller_manager(layout: Layout, ports: Mapping[str, int]) -> list[str]:
    config = layout.pki / "controller-manager.kubeconfig"
    return [
        *_component(layout, config, ports["kube-controller-manager"]),
        f"--root-ca-file={layout.pki}/ca.crt",
        f"--service-account-private-key-file={layout.pki}/service-account.key",
        "--use-service-account-credentials=true",
        f"--flex-volume-plugin-dir={layout.part('volume-plugins')}",
        # A lost node is noticed in seconds, yet a busy machine is not taken for a lost node.
        "--node-monitor-period=2s",
        "--node-monitor-grace-period=20s",
    ]


def _scheduler(layout: Layout, ports: Mapping[str, int]) -> list[str]:
    return _component(layout, layout.pki / "scheduler.kubeconfig", ports["kube-scheduler"])


def _component(layout: Layout, config: Path, port: int) -> list[str]:
    return [
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        # Health checks carry our client certificate; without this the answer to it would be 403 until RBAC is up.
        "--authorization-always-allow-paths=/healthz,/readyz,/livez",
        f"--client-ca-file={layout.pki}/ca.crt",
        f"--bind-address={HERE}",
        f"--secure-port={port}",
        *_tls(layout),
        "--leader-elect=false",
        # The default limits are for a shared server; here they would only delay the start.
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        "--profiling=false",
    ]
