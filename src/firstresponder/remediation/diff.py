"""What a dry run would change, as a person reads it: YAML-like lines, only the changed parts, each under its path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import SequenceMatcher

from firstresponder.model import Json, canonical
from firstresponder.redaction import Redactor, is_mark

_NOISE = frozenset({"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"})
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"  # the whole object again

Line = tuple[str, str]  # the text, and the dotted path of what it shows


def unified(before: Json, after: Json, redact: Callable[[Json], Json] | None = None) -> str:
    """Return a unified diff of two objects, or an empty text; `redact` is applied first, then our own redaction.

    A hunk's header is the path of its first change. Status and the server's bookkeeping are left out.
    """
    shown = [redact(_shown(value)) if redact else _shown(value) for value in (before, after)]
    old, new = (list(_lines(value, "", "")) for value in Redactor(numbered=True).together(shown))
    out: list[str] = []
    matcher = SequenceMatcher(None, [text for text, _ in old], [text for text, _ in new], autojunk=False)
    for group in matcher.get_grouped_opcodes(3):
        tag, a, _, b, _ = next(code for code in group if code[0] != "equal")
        out.append(f"@@ {(new[b] if tag == 'insert' else old[a])[1]} @@")
        for code, from_old, to_old, from_new, to_new in group:
            if code == "equal":
                out += [" " + text for text, _ in old[from_old:to_old]]
            else:
                out += ["-" + text for text, _ in old[from_old:to_old]]
                out += ["+" + text for text, _ in new[from_new:to_new]]
    return "\n".join(out)


def _shown(value: Json) -> Json:
    """The object without status and bookkeeping."""
    metadata = {key: item for key, item in (value.get("metadata") or {}).items() if key not in _NOISE}
    if isinstance(annotations := metadata.get("annotations"), dict):
        metadata["annotations"] = {key: item for key, item in annotations.items() if key != _LAST_APPLIED}
    return {**{key: item for key, item in value.items() if key != "status"}, "metadata": metadata}


def _lines(value: Json, indent: str, path: str) -> Iterator[Line]:
    """Render a mapping or list; keys are sorted, so that equal parts stay aligned."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _entry(f"{indent}{key}:", value[key], indent + "  ", f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            here = f"{path}[{_called(item, index)}]"
            if isinstance(item, dict) and item:
                first, *rest = _lines(item, indent + "  ", here)
                yield f"{indent}- {first[0].lstrip()}", first[1]
                yield from rest
            else:
                yield from _entry(f"{indent}-", item, indent + "  ", here)
    else:
        yield indent + _scalar(value), path


def _entry(head: str, value: Json, indent: str, path: str) -> Iterator[Line]:
    if isinstance(value, dict | list) and value:
        yield head, path
        yield from _lines(value, indent, path)
    elif isinstance(value, str) and "\n" in value.rstrip("\n"):
        yield f"{head} |", path
        for line in value.splitlines():
            yield indent + line, path
    else:
        yield f"{head} {_scalar(value)}", path


def _called(item: Json, index: int) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else str(index)


def _scalar(value: Json) -> str:
    if isinstance(value, str) and is_mark(value):
        return value
    plain = isinstance(value, str) and value.strip() == value and value.isprintable() and value != ""
    reads_as_text = plain and value[0] not in "[]{}&*!|>'\"%@`#-?," and ": " not in value and " #" not in value
    if reads_as_text and value not in {"null", "true", "false", "~"} and not value.replace(".", "", 1).isdigit():
        return str(value)
    return canonical(value).decode()
