"""Runbook files become runbooks, checked against what the program can do."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Never

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from firstresponder.config import decode, plain, position
from firstresponder.errors import BadRunbook
from firstresponder.runbooks.matchers import BadMatcher, parse_matcher
from firstresponder.runbooks.schema import Runbook

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def load(texts: Sequence[tuple[str, str]], *, actions: Collection[str], causes: Collection[str]) -> tuple[Runbook, ...]:
    """Read runbooks from (file name, text) pairs, in order of their names.

    `actions` are the ids that a ladder may name, `causes` the classes that a diagnosis may find. Raises BadRunbook:
    `restart.yaml:7:5: ladder.0.action: no such action 'reboot'; there are restart-workload, rollback-deployment`.
    """
    loaded: dict[str, tuple[str, Runbook]] = {}
    for name, text in texts:
        tree = _parse(text, name)
        runbook = _convert(tree, name)
        _check(runbook, _Place(name, tree), actions, causes)
        if runbook.name in loaded:
            _Place(name, tree).fail(["name"], f"there is a runbook {runbook.name!r} already, in {loaded[runbook.name][0]}")
        loaded[runbook.name] = (name, runbook)
    return tuple(loaded[key][1] for key in sorted(loaded))


class _Place:
    """A file, for errors that name a line and a column in it."""

    def __init__(self, name: str, tree: CommentedMap) -> None:
        self.name = name
        self.tree = tree

    def fail(self, keys: list[str], message: str) -> Never:
        line, column = position(self.tree, keys)
        raise BadRunbook(f"{self.name}:{line}:{column}: {'.'.join(keys) or 'runbook'}: {message}")


def _parse(text: str, name: str) -> CommentedMap:
    try:
        tree = YAML(typ="rt").load(io.StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise BadRunbook(f"{where}: not valid YAML: {error.problem}") from error
    except YAMLError as error:
        raise BadRunbook(f"{name}: not valid YAML: {error}") from error
    if not isinstance(tree, CommentedMap):
        raise BadRunbook(f"{name}:1:1: expected a mapping with name, title and ladder, got {type(tree).__name__}")
    return tree


def _convert(tree: CommentedMap, name: str) -> Runbook:
    try:
        return msgspec.convert(plain(tree), Runbook, dec_hook=decode, strict=True)
    except msgspec.ValidationError as error:
        message, _, pointer = str(error).partition(" - at `$")
        keys = [key for key in re.split(r"[.\[\]`]+", pointer) if key]
        if unknown := re.search(r"unknown field `(\w+)`", message):
            keys.append(unknown[1])
        _Place(name, tree).fail(keys, message)


def _check(runbook: Runbook, place: _Place, actions: Collection[str], causes: Collection[str]) -> None:
    for keys, message in _faults(runbook, actions, causes):
        place.fail(keys, message)


def _faults(runbook: Runbook, actions: Collection[str], causes: Collection[str]) -> Iterator[tuple[list[str], str]]:
    """Everything that a form cannot say, as (path, message)."""
    if not _NAME.fullmatch(runbook.name):
        yield ["name"], f"expected lower case words with hyphens, such as bad-release, got {runbook.name!r}"
    if not runbook.ladder:
        yield ["ladder"], "expected at least one action"
    for number, step in enumerate(runbook.ladder):
        if step.action not in actions:
            there = ", ".join(sorted(actions))
            yield ["ladder", str(number), "action"], f"no such action {step.action!r}; there are {there}"
    yield from _cause_faults(runbook, causes)
    for number, text in enumerate(runbook.match.matchers):
        try:
            parse_matcher(text)
        except BadMatcher as error:
            yield ["match", "matchers", str(number)], str(error)


def _cause_faults(runbook: Runbook, causes: Collection[str]) -> Iterator[tuple[list[str], str]]:
    if not runbook.causes and not runbook.match.alerts and not runbook.match.matchers:
        yield ["match"], "without causes it must name alerts or matchers: it would answer every alert"
    for number, cause in enumerate(runbook.causes):
        at = ["causes", str(number)]
        if cause.cause not in causes:
            there = ", ".join(sorted(causes))
            yield [*at, "cause"], f"no detector finds the cause {cause.cause!r}; there are {there}"
        if not 0 <= cause.min_confidence <= 1:
            yield [*at, "min_confidence"], f"expected a number from 0 to 1, got {cause.min_confidence}"
