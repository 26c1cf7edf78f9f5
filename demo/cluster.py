"""`make demo-cluster`: a bad release on a real cluster, from the alert to the proven repair.

On the testbed everything is real: Prometheus sees the crash loop, Alertmanager delivers. On a cluster of yours that you
name (`--context kind-…`) the demonstration delivers the alert itself, because it cannot know your Prometheus.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from demo import chapters
from demo.console import Console
from demo.server import Responder, settings
from demo.shop import Shop
from testbed.bed import Testbed, down, up
from testbed.problem import BedError, NotUpError

LOCAL = ("kind-", "k3d-", "minikube")


def main() -> int:
    """Run the demonstration; 0 when the repair was proven and the audit holds."""
    parser = argparse.ArgumentParser(prog="make demo-cluster", description=__doc__)
    parser.add_argument("--context", default="", help="a kube context of kind, k3d or minikube; left out: the testbed")
    parser.add_argument("--yes", action="store_true", help="approve by itself")
    given = parser.parse_args()
    console = Console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with contextlib.ExitStack() as ends:
            return _demonstrate(console, ends, given.context, yes=given.yes)
    except KeyboardInterrupt:
        console.say("\nInterrupted: everything that was started has been ended.")
        return 130
    except (BedError, RuntimeError, TimeoutError, OSError) as error:
        return console.fails(error)


def _demonstrate(console: Console, ends: contextlib.ExitStack, context: str, *, yes: bool) -> int:
    console.say(console.paint("Firstresponder on a real cluster: a bad release, from the alert to the proven repair.", "\033[1m"))
    console.step("A cluster")
    bed, shop, cluster = _place(console, ends, context)
    folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="firstresponder-demo-")))
    responder = Responder(folder, _config(cluster, shop.namespace, bed))

    console.step(f"An application that works: Deployment api in namespace {shop.namespace}")
    ends.callback(shop.close)
    shop.open()
    shop.release(1)
    with console.waiting("until both pods are available"):
        shop.wait(shop.healthy, "the application to be available")
    console.note(shop.pods())

    console.step("Firstresponder, allowed one action in one namespace; everything else is denied")
    ends.callback(responder.stop)
    responder.start()
    console.note(f"listening on {responder.url}, data in {responder.data}")
    if bed is not None:
        ends.callback(_unplug, bed)
        bed.set_receiver(f"{responder.url}/webhooks/alertmanager")
        console.note("Alertmanager has it as a second receiver, beside the pager, with `continue: true`")

    console.step("The bad release: version 2 crashes when it starts")
    shop.release(2)
    with console.waiting("until the alert has arrived, been looked into, and is asked about"):
        if bed is None:
            shop.wait(lambda: bool(shop.crashing()), "a crash loop")
            responder.send(shop.alert(shop.crashing()))
        incident = chapters.wait(lambda: chapters.looked_into(responder, shop.namespace), "the incident")
    console.note(shop.pods())
    if bed is None:
        console.note("(The alert was delivered by this demonstration; in your cluster that is Alertmanager's part.)")

    console.step("The brief")
    chapters.brief(console, incident)

    console.step("Your decision")
    if incident["decision"] is None or incident["decision"]["outcome"] != "ask":
        console.bad(f"nothing was offered: {incident['reason']}")
        return 1
    well = True
    if chapters.decision(console, responder, incident, yes=yes):
        console.step("The outcome")
        well = chapters.outcome(console, responder, incident)
        console.note(shop.pods())
    else:
        console.good("Nothing was changed; the incident is handed over to a person, and the audit says so.")

    console.step("The record: every entry is chained to the one before, and checked offline")
    console.note(responder.run("audit", "show", "--data-dir", str(responder.data), "--incident", incident["id"]).stdout)
    well &= chapters.record(console, responder)
    console.note("Next: connect your own Alertmanager, see README.md.")
    return 0 if well else 1


def _place(console: Console, ends: contextlib.ExitStack, context: str) -> tuple[Testbed | None, Shop, dict[str, str]]:
    """Find the cluster: the named context, or the testbed. Never the current context of a kubeconfig."""
    namespace = f"firstresponder-demo-{secrets.token_hex(3)}"
    if context:
        if not context.startswith(LOCAL):
            raise RuntimeError(f"--context {context}: expected a local cluster (kind-…, k3d-…, minikube); this one may be real")
        kubectl = shutil.which("kubectl")
        if kubectl is None:
            raise RuntimeError("kubectl was not found on PATH; install it, or run without --context to use the testbed")
        command = [kubectl, "--context", context]
        subprocess.run([*command, "version"], check=True, capture_output=True, timeout=20)
        console.note(f"context {context}: this makes the namespace {namespace} there and removes it at the end")
        return None, Shop(command, namespace, testbed=False), {"context": context, "kubeconfig": str(_kubeconfig())}
    bed = _bed(console, ends)
    return bed, BedShop(bed, namespace), {"kubeconfig": str(bed.kubeconfig), "context": bed.context}


def _kubeconfig() -> Path:
    """The file that kubectl itself would read."""
    named = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    return Path(named).absolute() if named else Path.home() / ".kube" / "config"


class BedShop(Shop):
    """The shop in the testbed, through its own kubectl."""

    def __init__(self, bed: Testbed, namespace: str) -> None:
        """Nothing is there yet."""
        super().__init__([], namespace, testbed=True)
        self._bed = bed

    def close(self) -> None:
        """Remove the namespace and all that is in it."""
        self._bed.kubectl("delete", "namespace", self.namespace, "--wait=false", "--ignore-not-found", check=False)

    def _run(self, *words: str, stdin: str = "") -> str:
        return self._bed.kubectl(*words, stdin=stdin or None)


def _bed(console: Console, ends: contextlib.ExitStack) -> Testbed:
    try:
        bed = Testbed.open()
    except NotUpError:
        console.note("No testbed is up: one is started now, a single-node Kubernetes with Prometheus and Alertmanager.")
        console.note("The first time its programs are built (minutes); afterwards it takes seconds. It is ended with this.")
        ends.callback(down)
        bed = up(say=console.note)
    console.note(f"a real single-node cluster, context {bed.context}, with Prometheus and Alertmanager")
    return bed


def _config(cluster: dict[str, str], namespace: str, bed: Testbed | None) -> dict[str, Any]:
    prometheus = {"prometheus": {"url": bed.prometheus_url}} if bed is not None else {}
    return settings(namespace) | {"cluster": cluster} | prometheus


def _unplug(bed: Testbed) -> None:
    with contextlib.suppress(BedError):
        bed.set_receiver(None)


if __name__ == "__main__":
    sys.exit(main())
