"""Which cluster, and as whom."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from firstresponder.adapters.kubernetes.client import connect
from firstresponder.adapters.kubernetes.cluster import Unconfigured, open_cluster
from firstresponder.config import Cluster
from firstresponder.errors import BadConfig, FirstresponderError, Unreachable
from firstresponder.model import PatchObject, TargetRef


async def test_without_a_cluster_every_question_says_so() -> None:
    """Nothing named, no cluster: each port raises Unreachable with what to set; no default file is tried."""
    none = open_cluster(Cluster(), {"HOME": "/root"})
    assert (none.name, isinstance(none.read, Unconfigured)) == ("", True)
    change = PatchObject(target=TargetRef(kind="Pod", name="x"), ops=())
    for question in (
        none.read.get("Pod", "a", "b"),
        none.read.list("Pod", "a"),
        none.write.preview(change),
        none.write.apply(change, timeout=1),
        none.logs.tail("a", "b", "c"),
    ):
        with pytest.raises(Unreachable, match="no cluster is configured"):
            await question
    await none.close()


def test_settings_go_before_the_environment(tmp_path: Path, write_kubeconfig: Any) -> None:
    """The file of the settings, else KUBECONFIG; the named context, else the current one; a name for people."""
    path = write_kubeconfig(tmp_path, "http://127.0.0.1:1")
    made = [
        connect(Cluster(kubeconfig=path), {"KUBECONFIG": "/does/not/exist"}),
        connect(Cluster(), {"KUBECONFIG": path}),
        connect(Cluster(context="gone"), {"KUBECONFIG": path}),
        connect(Cluster(kubeconfig=path, name="production"), {}),
    ]
    assert [one.name if one else "" for one in made] == ["c", "c", "gone", "production"]


@pytest.mark.parametrize(
    ("settings", "env", "word"),
    [
        (Cluster(kubeconfig="/does/not/exist"), {}, "not found"),
        (Cluster(context="x"), {}, "set cluster.kubeconfig or KUBECONFIG"),
    ],
)
def test_a_cluster_that_cannot_be_found_is_bad_config(settings: Cluster, env: dict[str, str], word: str) -> None:
    """Named and not there: refuse to start, and say what was named."""
    with pytest.raises(BadConfig, match=word):
        connect(settings, env)


@pytest.mark.parametrize("text", ["", "[]", "a: [", "clusters: 3", '{"clusters": [], "contexts": []}'])
def test_a_broken_kubeconfig_is_bad_config(tmp_path: Path, text: str) -> None:
    """Whatever is wrong with the file, the error names it."""
    path = tmp_path / "broken"
    path.write_text(text)
    with pytest.raises(BadConfig, match="broken"):
        connect(Cluster(kubeconfig=str(path)), {})


def test_a_context_that_is_not_there_is_bad_config(tmp_path: Path, write_kubeconfig: Any) -> None:
    """Never another context than the one that was named."""
    path = write_kubeconfig(tmp_path, "http://127.0.0.1:1")
    with pytest.raises(BadConfig, match="'nope' not found"):
        connect(Cluster(kubeconfig=path, context="nope"), {})


def test_a_pod_uses_its_own_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a cluster, with nothing named, the service account is used; a broken one is bad config, not another cluster."""
    env = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1"}
    for key, value in env.items():
        monkeypatch.setenv(key, value)
    assert connect(Cluster(), env, service_account=str(tmp_path)) is None
    (tmp_path / "token").write_text("t")
    with pytest.raises(BadConfig, match="service account"):
        connect(Cluster(), env, service_account=str(tmp_path))
    (tmp_path / "namespace").write_text("fr")
    with pytest.raises(BadConfig, match="credentials"):  # no ca.crt
        connect(Cluster(), env, service_account=str(tmp_path))


async def test_each_event_loop_has_its_own_client(server: Any, cluster: Any) -> None:
    """The same ports work in two loops at once, one of them in another thread."""
    await cluster.read.get("Pod", "a", "b")
    failed: list[BaseException] = []

    def elsewhere() -> None:
        async def ask() -> None:
            await cluster.read.get("Pod", "a", "c")
            await cluster.close()

        try:
            asyncio.run(ask())
        except FirstresponderError as error:
            failed.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    await asyncio.to_thread(thread.join)
    await cluster.read.get("Pod", "a", "d")
    assert failed == []
    assert [asked["path"][-1] for asked in server.asked] == ["b", "c", "d"]


async def test_a_credential_plugin_that_fails_is_unreachable(server: Any, tmp_path: Path, write_kubeconfig: Any) -> None:
    """No credentials, no request: the error names the cluster."""
    plugin = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "/does/not/exist"}}
    broken = open_cluster(Cluster(kubeconfig=write_kubeconfig(tmp_path, server.url, plugin)), {})
    with pytest.raises(Unreachable, match="no credentials for c"):
        await broken.read.get("Pod", "a", "b")
    assert server.asked == []
    await broken.close()
