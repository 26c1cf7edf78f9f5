"""Bundle files: what is read, what is refused and in which words."""

from __future__ import annotations

import contextlib
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.adapters.replay import form
from firstresponder.adapters.replay.form import as_json, parse_bundle, read_bundle, write_bundle
from firstresponder.errors import BadInput
from firstresponder.testing.objects import deployment

NOW = "2026-03-10T14:30:00Z"
POD = {"kind": "Pod", "metadata": {"name": "p", "namespace": "shop"}}
BARE: dict[str, Any] = {"now": NOW, "alert": {"alerts": []}, "cluster": []}
WRITTEN = {"target": {"kind": "Deployment", "name": "api"}, "patch": [], "result": "0" * 64}


def _repair(after: object) -> dict[str, Any]:
    return {"repair": {"at": NOW, "operations": [WRITTEN], "after": after}}


@pytest.mark.parametrize(
    ("changed", "place", "wanted"),
    [
        ({"now": "yesterday"}, "now", "RFC3339"),
        ({"now": None}, "the bundle", "missing required field `now`"),
        ({"alert": []}, "alert", "Expected `object`, got `array`"),
        ({"cluster": {}}, "cluster", "Expected `array`, got `object`"),
        ({"cluster": [{}]}, "cluster[0]", "with a kind"),
        ({"cluster": [POD, 7]}, "cluster[1]", "Expected `object`, got `int`"),
        ({"cluster": [{"kind": "Pod", "metadata": {}}]}, "cluster[0]", "metadata with a name"),
        ({"cluster": [{**POD, "spec": []}]}, "cluster[0]", "the spec of Pod p to be an object, got a list"),
        ({"cluster": [{"kind": "Pod", "metadata": {"name": "p", "labels": "x"}}]}, "cluster[0]", "metadata.labels of Pod p"),
        ({"logs": {"p": 7}}, "logs[...]", "Expected `str`, got `int`"),
        ({"schema_version": 2}, "schema_version", "expected 1 (or none), got 2"),
        ({"schema_version": "1"}, "schema_version", "got '1'"),
        ({"frames": [{"at": "2026-03-10T14:29:59Z"}]}, "frames", "none before `now`"),
        ({"frames": [{"at": NOW, "cluster": {"p": None}}]}, "frames[0].cluster", "Pod/namespace/name, got 'p'"),
        ({"frames": [{"at": NOW, "cluster": {"Pod/a/p": POD}}]}, "frames[0].cluster['Pod/a/p']", "calls itself Pod/shop/p"),
        ({"repair": {"at": NOW, "operations": [], "after": []}}, "repair.operations", "at least one"),
        (_repair([{"seconds": 2}, {"seconds": 1}]), "repair.after", "in order"),
        (_repair([{"seconds": -1}]), "repair.after", "from 0 on"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(changed: dict[str, Any], place: str, wanted: str) -> None:
    """The error names the file, the place in it, what was expected and what came."""
    with pytest.raises(BadInput) as caught:
        parse_bundle(json.dumps({**BARE, **changed}).encode(), "case.json")
    assert str(caught.value).startswith(f"case.json: {place}: ")
    assert wanted in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"null", b"{}", b'"x"', b"{", b"[" * 100_000])
def test_a_file_that_is_no_bundle_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    """Whatever the file holds, the error names it."""
    path = tmp_path / "case.json"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"case\.json: expected"):
        read_bundle(path)


@pytest.mark.parametrize("key", ["now", "alert", "cluster"])
def test_a_missing_key_is_named(key: str) -> None:
    """Without one of the three keys that it needs, the error says which."""
    with pytest.raises(BadInput, match=f"missing: {key}$"):
        parse_bundle(json.dumps({name: value for name, value in BARE.items() if name != key}).encode(), "case.json")


def test_what_cannot_be_opened_is_refused_by_name(tmp_path: Path) -> None:
    """A path that does not exist, or a folder, is BadInput, not a trace."""
    with pytest.raises(BadInput, match=r"nothing\.json: cannot be read: No such file"):
        read_bundle(tmp_path / "nothing.json")
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        read_bundle(tmp_path)


def test_a_file_is_read_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte above the bound is refused, at the bound it is read; /dev/zero ends the same way."""
    content = json.dumps(BARE).encode()
    path = tmp_path / "case.json"
    path.write_bytes(content)
    monkeypatch.setattr(form, "MOST_BYTES", len(content))
    assert read_bundle(path).cluster == ()
    monkeypatch.setattr(form, "MOST_BYTES", len(content) - 1)
    for place in (path, Path("/dev/zero")):
        with pytest.raises(BadInput, match="expected at most"):
            read_bundle(place)


def test_expected_is_not_read() -> None:
    """What a case expects, whatever it is, is not even looked at; nor is any other unknown key."""
    with_it = parse_bundle(json.dumps({**BARE, "expected": 7, "source": [], "provenance": None}).encode(), "x")
    assert with_it == parse_bundle(json.dumps(BARE).encode(), "x")


def test_a_time_without_an_offset_is_utc() -> None:
    """Whatever the machine's own zone is."""
    for written in ("2026-03-10T14:30:00", "2026-03-10T15:30:00+01:00"):
        bundle = parse_bundle(json.dumps({**BARE, "now": written}).encode(), "x")
        assert bundle.now.isoformat() == "2026-03-10T14:30:00+00:00"


def test_a_written_file_reads_the_same_and_is_private(tmp_path: Path) -> None:
    """Only its owner may read it, it replaces what was there as a whole, and nothing is left beside it."""
    tree = {**BARE, "cluster": [deployment("api", "shop")], "schema_version": 1, "logs": {"shop/p/c@previous": "ü\n"}}
    bundle = parse_bundle(json.dumps({**tree, "frames": [{"at": NOW, "cluster": {"Pod/shop/p": None}}]}).encode(), "x")
    path = tmp_path / "out.json"
    path.write_text("before")
    write_bundle(path, bundle)
    assert read_bundle(path) == bundle
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text().startswith('{\n "now"'), "for people too"


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A folder that is not there is BadInput with the file's name."""
    with pytest.raises(BadInput, match=r"out\.json: cannot be written"):
        write_bundle(tmp_path / "none" / "out.json", parse_bundle(json.dumps(BARE).encode(), "x"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["now", "alert", "cluster", "logs", "frames", "repair", "gaps", "firing", "recorded", "id"]), VALUES)
def test_anything_in_any_place_is_read_or_refused(key: str, value: object) -> None:
    """Whatever stands under a key: a bundle, or BadInput with the name; and what was read can be written and read again."""
    bundle = None
    with contextlib.suppress(BadInput):
        bundle = parse_bundle(json.dumps({**BARE, key: value}).encode(), "case.json")
    assert bundle is None or parse_bundle(as_json(bundle), "again") == bundle
