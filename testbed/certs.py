"""Keys, certificates and tokens of one bed, made with the openssl program.

One authority signs three certificates: `server` (everything that listens on loopback), `kubelet` (the node's address)
and `client` (the API server towards etcd and the kubelet, and our health probes). People and components use tokens.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from testbed.layout import CONTEXT, NODE, Layout
from testbed.problem import BedError, NotReadyError

DAYS = "3650"
# Token file: user, then the groups that RBAC and the Node authorizer know.
_USERS = {
    "admin": ("admin", "system:masters"),
    "controller-manager": ("system:kube-controller-manager", ""),
    "scheduler": ("system:kube-scheduler", ""),
    "kubelet": (f"system:node:{NODE}", "system:nodes"),
    "exporter": ("testbed:exporter", "system:masters"),
}


def make(layout: Layout, node_ip: str) -> None:
    """Make everything afresh."""
    layout.pki.mkdir(parents=True, exist_ok=True, mode=0o700)
    _openssl(layout, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ca.key")
    _openssl(
        layout, "req", "-x509", "-new", "-key", "ca.key", "-sha256", "-days", DAYS, "-out", "ca.crt",
        "-subj", "/CN=firstresponder-testbed",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
    )  # fmt: skip
    _openssl(layout, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "service-account.key")
    loopback = "DNS:localhost,IP:127.0.0.1"
    _sign(layout, "server", "/CN=testbed-server", f"{loopback},DNS:kubernetes.default.svc")
    _sign(layout, "client", "/O=system:masters/CN=testbed-client", "")
    if node_ip:
        _sign(layout, "kubelet", f"/CN=system:node:{NODE}", f"{loopback},DNS:{NODE},IP:{node_ip}")
    tokens = {name: secrets.token_urlsafe(24) for name in _USERS}
    lines = [f'{tokens[name]},{user},{name},"{groups}"' for name, (user, groups) in _USERS.items()]
    _write(layout.pki / "tokens.csv", "\n".join(lines) + "\n")
    _write(layout.pki / "tokens.json", json.dumps(tokens))


def token(layout: Layout, name: str) -> str:
    """Read one user's token."""
    tokens: dict[str, str] = json.loads((layout.pki / "tokens.json").read_text(encoding="utf-8"))
    return tokens[name]


def kubeconfig(layout: Layout, path: Path, server: str, bearer: str, namespace: str = "default") -> Path:
    """Write a kubeconfig (as JSON, which every YAML reader takes) with the authority inside and a bearer token."""
    authority = base64.b64encode((layout.pki / "ca.crt").read_bytes()).decode()
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "clusters": [{"name": CONTEXT, "cluster": {"server": server, "certificate-authority-data": authority}}],
        "users": [{"name": "user", "user": {"token": bearer}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": "user", "namespace": namespace}}],
    }
    _write(path, json.dumps(document, indent=1) + "\n")
    return path


def _sign(layout: Layout, name: str, subject: str, alternatives: str) -> None:
    """Make a key and a certificate, valid for servers and clients."""
    # The two identifiers are what strict verifiers (Python 3.13) ask for.
    lines = ["extendedKeyUsage=serverAuth,clientAuth", "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid"]
    if alternatives:
        lines.append(f"subjectAltName={alternatives}")
    _write(layout.pki / f"{name}.ext", "\n".join(lines) + "\n")
    _openssl(layout, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
    _openssl(layout, "req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
    _openssl(
        layout, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
        "-sha256", "-days", DAYS, "-extfile", f"{name}.ext", "-out", f"{name}.crt",
    )  # fmt: skip


def _openssl(layout: Layout, *arguments: str) -> None:
    program = shutil.which("openssl")
    if program is None:
        raise NotReadyError("The program openssl is needed. On Debian: apt-get install openssl")
    # An OPENSSL_CONF of the caller's could demand other algorithms.
    environment = {name: value for name, value in os.environ.items() if name != "OPENSSL_CONF"}
    done = subprocess.run([program, *arguments], cwd=layout.pki, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BedError(f"openssl {' '.join(arguments)} failed:\n{done.stderr}")


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
