"""The architecture page against the code: rooms, layers, gate, steps, files, dependencies."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

from firstresponder.adapters.store.chain import HEAD_FILE
from firstresponder.adapters.store.open import DATABASE_FILE
from firstresponder.bootstrap import ENGINE_FILE, LOCK_FILE
from firstresponder.remediation.gate import GATE_DEADLINE, LEASE_TTL, MARKS, REQUEST_TIMEOUT
from firstresponder.workflow.steps import NAMES
from tests.docs.pages import ROOT, SOURCE, blocks, first_names, names, page, table

PAGE = page("docs/architecture.md")
PROJECT = tomllib.loads(page("pyproject.toml"))
LONGEST = 400


def test_every_room_is_named_and_no_other() -> None:
    """The table of rooms holds exactly what lies under src/firstresponder."""
    there = {f"{path.name}/" if path.is_dir() else path.name for path in SOURCE.iterdir()}
    there = {name for name in there if not name.startswith("_") and name != "py.typed"}
    assert set(first_names(table(PAGE, "room"))) == there


def test_every_path_on_the_page_exists() -> None:
    """Whatever looks like a path of ours in backticks is there, from the root or from src/firstresponder."""
    paths = [name for name in names(PAGE) if re.fullmatch(r"[\w./-]+(/|\.py|\.md)", name)]
    assert len(paths) > 20
    missing = [name for name in paths if not (ROOT / name).exists() and not (SOURCE / name).exists()]
    assert missing == []


def test_the_layers_are_those_that_are_checked() -> None:
    """The layers on the page are, line by line, those of import-linter's contract."""
    (layers,) = (c["layers"] for c in PROJECT["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    (block,) = blocks(PAGE, "text layers")
    assert block.text.split("\n")[:-1] == layers


def test_every_step_and_mark_of_the_gate_is_named() -> None:
    """The gate's table has its numbers, and each number the marks that belong to it, in the order of the code."""
    rows = table(PAGE, "step")
    source = (SOURCE / "remediation/gate.py").read_text(encoding="utf-8")
    numbers = re.findall(r"^(\d)\. ", source, re.MULTILINE)
    assert [row[0] for row in rows] == numbers
    assert [mark for row in rows for mark in names(row[2])] == list(MARKS)
    for row in rows:
        assert all(mark.startswith(f"gate.{row[0]}.") for mark in names(row[2]))


def test_the_gates_times_are_right() -> None:
    """Lease, deadline and request time-out stand on the page as they are in the code."""
    assert f"lease {LEASE_TTL:g} s > gate deadline {GATE_DEADLINE:g} s > request {REQUEST_TIMEOUT:g} s" in PAGE


def test_every_step_of_the_story_is_named() -> None:
    """Each durable step stands on the page by the engine's name."""
    assert set(NAMES) <= set(names(PAGE))


def test_the_files_of_the_data_folder_are_named() -> None:
    """The two databases, the kept head and the lock have the names that the code gives them."""
    assert {DATABASE_FILE, ENGINE_FILE, HEAD_FILE, LOCK_FILE} <= set(names(PAGE))


def test_every_dependency_is_explained_and_no_other() -> None:
    """The table of packages holds exactly the dependencies of pyproject.toml, those of its extras included."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    named = [*PROJECT["project"]["dependencies"], *(each for extra in extras for each in extra)]
    wanted = {re.split(r"[<>=;\s\[]", each)[0] for each in named}
    assert set(first_names(table(PAGE, "package"))) == wanted


def test_no_file_is_too_long() -> None:
    """No Python file of the product, the testbed or the demonstration has more than 400 lines."""
    files = [path for folder in ("src", "testbed", "demo", "docs") for path in (ROOT / folder).rglob("*.py")]
    long = {str(path.relative_to(ROOT)): n for path in files if (n := len(path.read_text().splitlines())) > LONGEST}
    assert files
    assert long == {}


def test_the_picture_is_made_from_the_story() -> None:
    """The picture in the repository is what its script makes from the story's source."""
    sys.path.insert(0, str(ROOT / "docs/pictures"))
    try:
        import make_flow  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - a script beside its picture
    finally:
        sys.path.pop(0)
    assert make_flow.PICTURE.read_text(encoding="utf-8") == make_flow.make(), "run: python docs/pictures/make_flow.py"
    for workflow in ("investigate", "remediate", "close"):
        assert _calls(workflow) == {step.split()[0] for step in make_flow.steps(workflow)}


def _calls(workflow: str) -> set[str]:
    """The names that a story calls on `do`, read another way than the script does."""
    tree = ast.parse((SOURCE / "workflow/respond.py").read_text(encoding="utf-8"))
    (story,) = (node for node in tree.body if isinstance(node, ast.AsyncFunctionDef) and node.name == workflow)
    return set(re.findall(r"\bdo\.(\w+)\(", ast.unparse(story)))


def test_the_product_does_not_import_its_documentation() -> None:
    """Nothing under src names the docs folder's scripts."""
    for path in Path(SOURCE).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "make_cli" not in text
        assert "make_flow" not in text
