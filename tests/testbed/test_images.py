"""Images made by hand: digests are right, and the same input gives the same bytes."""

import hashlib
import io
import json
import tarfile
from typing import Any

import pytest

from testbed import images


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The files of an archive with all images."""
    made = images.archive(images.IMAGES, images.layer(b"busybox", ["sh", "busybox", "ls"], b"#!/bin/sh\n"))
    with tarfile.open(fileobj=io.BytesIO(made)) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}


def _blob(files: dict[str, bytes], entry: dict[str, Any]) -> bytes:
    return files["blobs/sha256/" + entry["digest"].removeprefix("sha256:")]


def _manifests(files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    index = json.loads(files["index.json"])
    return {entry["annotations"]["io.containerd.image.name"]: json.loads(_blob(files, entry)) for entry in index["manifests"]}


def test_every_blob_has_the_digest_of_its_name(files: dict[str, bytes]) -> None:
    """Each blob's name is the SHA-256 of its content."""
    blobs = {name: content for name, content in files.items() if name.startswith("blobs/")}
    assert blobs
    assert all(name == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}" for name, content in blobs.items())


def test_every_reference_has_digest_and_size(files: dict[str, bytes]) -> None:
    """Each manifest's references lead to blobs of the stated size."""
    for manifest in _manifests(files).values():
        for entry in (manifest["config"], *manifest["layers"]):
            assert len(_blob(files, entry)) == entry["size"]


def test_diff_id_is_the_layer(files: dict[str, bytes]) -> None:
    """The configuration names the uncompressed layer by its digest."""
    for manifest in _manifests(files).values():
        config = json.loads(_blob(files, manifest["config"]))
        assert config["rootfs"]["diff_ids"] == [entry["digest"] for entry in manifest["layers"]]


def test_versions_are_different_images(files: dict[str, bytes]) -> None:
    """v1, v2 and v3 have different digests, and only v2 is bad."""
    made = _manifests(files)
    configs = {tag: json.loads(_blob(files, made[f"docker.io/local/app:{tag}"]["config"])) for tag in ("v1", "v2", "v3")}
    assert len({json.dumps(config) for config in configs.values()}) == 3
    assert [tag for tag, config in configs.items() if "APP_CRASH=1" in config["config"]["Env"]] == ["v2"]


def test_layer_links_applets_to_busybox() -> None:
    """Each applet is a link to busybox, and busybox is not a link to itself."""
    made = images.layer(b"busybox", ["sh", "busybox"], b"")
    with tarfile.open(fileobj=io.BytesIO(made)) as tar:
        assert tar.getmember("bin/sh").linkname == "busybox"
        assert tar.getmember("bin/busybox").isfile()


def test_same_input_same_bytes() -> None:
    """The archive is reproducible."""
    root = images.layer(b"busybox", ["sh"], b"")
    assert images.archive(images.IMAGES, root) == images.archive(images.IMAGES, root)
