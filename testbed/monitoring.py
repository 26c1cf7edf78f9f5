"""The exporter, Prometheus and Alertmanager, as kube-prometheus-stack would set them up, only faster."""

from __future__ import annotations

import json
import shutil
import sys
import urllib.request
from pathlib import Path

from testbed import health, network, processes, state
from testbed.layout import Layout
from testbed.problem import BedError
from testbed.state import State

PORTS = ("exporter", "prometheus", "alertmanager")
HERE = "127.0.0.1"
_RULES = Path(__file__).parent / "rules.yml"
# kube-prometheus-stack's service monitor gives every series these labels; an object's own labels win (honor_labels).
# So deployment and node series carry the exporter's own pod and container. Whoever trusts those is wrong, there and here.
_EXPORTER_LABELS = {
    "namespace": "monitoring",
    "service": "kube-prometheus-stack-kube-state-metrics",
    "endpoint": "http",
    "container": "kube-state-metrics",
    "pod": "kube-prometheus-stack-kube-state-metrics-0",
}


def url(now: State, name: str) -> str:
    """Address of one of the three."""
    return f"http://{HERE}:{now.ports[name]}"


def start(layout: Layout, now: State) -> list[processes.Process]:
    """Start all three; the caller waits for them (see `health.wait`)."""
    (layout.part("prometheus.json")).write_text(json.dumps(prometheus_config(layout, now), indent=1), encoding="utf-8")
    shutil.copyfile(_RULES, layout.part("rules.yml"))
    _config_file(layout).write_text(json.dumps(alertmanager_config(None), indent=1), encoding="utf-8")
    root = Path(__file__).resolve().parent.parent
    exporter = [
        sys.executable,
        "-m",
        "testbed.exporter",
        f"--kubeconfig={layout.pki}/exporter.kubeconfig",
        f"--port={now.ports['exporter']}",
    ]
    prometheus = [
        _program("prometheus"),
        f"--config.file={layout.part('prometheus.json')}",
        f"--storage.tsdb.path={layout.part('prometheus')}",
        "--storage.tsdb.retention.time=2d",
        f"--web.listen-address={HERE}:{now.ports['prometheus']}",
        f"--web.external-url={url(now, 'prometheus')}",
        "--web.enable-lifecycle",
        # Alertmanager hears of a change at the next evaluation, not a minute later.
        "--rules.alert.resend-delay=1s",
    ]
    alertmanager = [
        _program("prometheus-alertmanager", "alertmanager"),
        f"--config.file={_config_file(layout)}",
        f"--storage.path={layout.part('alertmanager')}",
        f"--web.listen-address={HERE}:{now.ports['alertmanager']}",
        f"--web.external-url={url(now, 'alertmanager')}",
        # No cluster: it would listen on a public address.
        "--cluster.listen-address=",
    ]
    started = []
    for name, argv, path, env in (
        ("exporter", exporter, "/healthz", {"PYTHONPATH": str(root)}),
        ("prometheus", prometheus, "/-/ready", {}),
        ("alertmanager", alertmanager, "/-/ready", {}),
    ):
        process = processes.start(layout, name, argv, health=url(now, name) + path, env=env)
        started.append(state.add(layout, now, process))
    return started


def prometheus_config(layout: Layout, now: State) -> dict[str, object]:
    """Make Prometheus's configuration (JSON is YAML)."""
    jobs: list[dict[str, object]] = [
        {
            "job_name": "kube-state-metrics",
            "honor_labels": True,
            "static_configs": [{"targets": [f"{HERE}:{now.ports['exporter']}"], "labels": _EXPORTER_LABELS}],
        }
    ]
    if now.subnet:
        # The kubelet's own cAdvisor: real container memory and CPU.
        address = f"{network.gateway(now.subnet)}:{now.ports['kubelet']}"
        jobs.append(
            {
                "job_name": "kubelet",
                "honor_labels": True,
                "scheme": "https",
                "metrics_path": "/metrics/cadvisor",
                "scrape_interval": "5s",
                "tls_config": {
                    "ca_file": f"{layout.pki}/ca.crt",
                    "cert_file": f"{layout.pki}/client.crt",
                    "key_file": f"{layout.pki}/client.key",
                },
                "static_configs": [{"targets": [address], "labels": {"metrics_path": "/metrics/cadvisor"}}],
                # Pods only: the machine's own cgroups are nobody's business here.
                "metric_relabel_configs": [{"source_labels": ["pod"], "regex": ".+", "action": "keep"}],
            }
        )
    return {
        "global": {
            "scrape_interval": "1s",
            "evaluation_interval": "1s",
            "external_labels": {"prometheus": "monitoring/testbed"},
        },
        "rule_files": [str(layout.part("rules.yml"))],
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [f"{HERE}:{now.ports['alertmanager']}"]}]}],
        },
        "scrape_configs": jobs,
    }


def alertmanager_config(receiver: str | None) -> dict[str, object]:
    """Make Alertmanager's configuration; with a receiver, as one installs it beside a pager that is there already."""
    routes: list[dict[str, object]] = [{"receiver": "pager"}]
    receivers: list[dict[str, object]] = [{"name": "pager"}]
    if receiver is not None:
        routes.insert(0, {"receiver": "firstresponder", "continue": True})
        webhook = {"url": receiver, "send_resolved": True}
        receivers.append({"name": "firstresponder", "webhook_configs": [webhook]})
    return {
        "route": {
            "receiver": "pager",
            "group_by": ["alertname", "namespace"],
            "group_wait": "1s",
            "group_interval": "2s",
            "repeat_interval": "1m",
            "routes": routes,
        },
        "receivers": receivers,
    }


def set_receiver(layout: Layout, now: State, receiver: str | None) -> None:
    """Rewrite Alertmanager's configuration and have it read."""
    _config_file(layout).write_text(json.dumps(alertmanager_config(receiver), indent=1), encoding="utf-8")
    request = urllib.request.Request(f"{url(now, 'alertmanager')}/-/reload", method="POST")  # noqa: S310  our own address
    try:
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310  our own address
            return
    except OSError as error:
        log = processes.tail(layout.log("alertmanager"))
        raise BedError(f"Alertmanager did not take the new configuration: {error}. {log}") from error


def wait(layout: Layout, started: list[processes.Process]) -> None:
    """Wait until all of them serve."""
    for process in started:
        health.wait(layout, process)


def _config_file(layout: Layout) -> Path:
    return layout.part("alertmanager.json")


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name, path="/usr/bin:/usr/local/bin"):
            return found
    raise BedError(f"The program {names[0]} is missing although its package is installed.")
