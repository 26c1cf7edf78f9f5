"""Links lead somewhere, named tests exist, pages stay short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firstresponder.guard.catalog import CATALOG
from tests.docs.pages import PAGES, ROOT, anchors, blocks, links, names, page, prose, table

MOST_LINES = 150
GENERATED = {"cli.md"}
WORDS = re.compile(r"\b(blazing|seamless|powerful|world-class|cutting-edge|effortless|revolutionary|robust)\w*", re.IGNORECASE)


def _id(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", PAGES, ids=_id)
def test_every_link_leads_somewhere(path: Path) -> None:
    """A relative link names a file that is there, and its anchor a heading in it."""
    for target, anchor in links(path.read_text(encoding="utf-8")):
        found = (path.parent / target).resolve() if target else path
        assert found.is_relative_to(ROOT), target
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found.read_text(encoding="utf-8")), f"{target}#{anchor}"


@pytest.mark.parametrize("path", PAGES, ids=_id)
def test_every_test_that_is_named_exists(path: Path) -> None:
    """A page that says "held by this test" names a file, and a function in it."""
    for name in names(path.read_text(encoding="utf-8")):
        if not re.match(r"tests/[\w/.]+\.py", name):
            continue
        file, _, function = name.partition("::")
        assert (ROOT / file).is_file(), name
        if function:
            assert re.search(rf"^(async )?def {function}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), name


@pytest.mark.parametrize("path", PAGES, ids=_id)
def test_a_page_is_short_and_plain(path: Path) -> None:
    """A page that people write has at most 150 lines, hardly a dash between thoughts, and no word that sells."""
    text = path.read_text(encoding="utf-8")
    if path.name not in GENERATED:
        assert len(text.splitlines()) <= MOST_LINES
    assert text.count("\N{EM DASH}") <= 2
    assert WORDS.search(re.sub(r"`[^`\n]*`", "", prose(text))) is None  # a name is no praise


def test_what_never_happens_is_held_by_something() -> None:
    """Each line of the README's list names a guard of the catalog or a test, and every guard it names exists."""
    rows = table(page("README.md"), "never")
    guards = {check.guard.name for check in CATALOG}
    assert len(rows) > 10
    for never, held in rows:
        named = names(held)
        assert named, never
        assert all(name in guards or name.startswith("tests/") for name in named), held


def test_what_is_not_there_yet_is_said() -> None:
    """The README says plainly which parts do not exist, as long as they do not."""
    missing = page("README.md").partition("## Not there yet")[2].partition("##")[0]
    absent = {"Slack": "slack", "console": "web/console", "PostgreSQL": "store/postgres"}
    for word, part in absent.items():
        there = any(part in str(path.relative_to(ROOT)).lower() for path in (ROOT / "src").rglob("*.py"))
        assert (word in missing) is not there, word
    makefile = page("Makefile")
    assert ("`make demo`" in missing) is not bool(re.search(r"^demo:", makefile, re.MULTILINE))


def test_every_make_target_that_is_named_exists() -> None:
    """`make X` on any page is a target of the Makefile, but for the one that is said not to be there yet."""
    targets = set(re.findall(r"^([a-z-]+):", page("Makefile"), re.MULTILINE)) | {"demo"}
    told: set[str] = set()
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        lines = [line for block in blocks(text) for line in block.text.splitlines()]
        told |= {match[1] for line in [*names(text), *lines] if (match := re.match(r"(?:time )?make ([a-z-]+)", line))}
    assert {"setup", "demo-cluster", "test", "test-cluster", "check"} <= told
    assert told <= targets
