"""How large an alert may be, so that one sender cannot fill the store or the screen.

A real alert has about 12 labels of 20 to 60 characters. Labels are identity, so one that is too large rejects the alert;
annotations are prose, so they are cut, with a mark.
"""

from __future__ import annotations

from collections.abc import Mapping

from firstresponder.intake.tolerant import BadAlert

MAX_ALERTS = 10_000  # in one body
MAX_LABELS = 128  # of one alert
MAX_LABEL_NAME = 256  # characters
MAX_LABEL_VALUE = 4_096  # characters
MAX_ANNOTATIONS = 64  # of one alert; more are dropped
MAX_ANNOTATION_NAME = 256  # characters; a longer name drops its annotation
MAX_ANNOTATION = 8_192  # characters; the rest is cut off
MAX_URL = 4_096  # characters; a longer generatorURL is dropped


def check_labels(labels: Mapping[str, str]) -> None:
    """Raise BadAlert for labels that are none, too many or too large."""
    if not labels:
        raise BadAlert("labels: there are none; expected at least alertname")
    if len(labels) > MAX_LABELS:
        raise BadAlert(f"labels: expected at most {MAX_LABELS}, got {len(labels)}")
    if "" in labels:
        raise BadAlert("labels: one has no name")
    if max(map(len, labels)) > MAX_LABEL_NAME:
        name = max(labels, key=len)
        raise BadAlert(f"labels: a name is {len(name)} characters long ({name[:40]}…); at most {MAX_LABEL_NAME} are taken")
    if max(map(len, labels.values())) > MAX_LABEL_VALUE:
        name = max(labels, key=lambda each: len(labels[each]))
        raise BadAlert(f"labels.{name}: is {len(labels[name])} characters long; at most {MAX_LABEL_VALUE} are taken")


def fit_annotations(annotations: dict[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return annotations within the limits, and a mark where something was cut off or dropped."""
    if (
        len(annotations) <= MAX_ANNOTATIONS
        and max(map(len, annotations)) <= MAX_ANNOTATION_NAME
        and max(map(len, annotations.values())) <= MAX_ANNOTATION
    ):
        return annotations, ()
    kept = [(name, text) for name, text in annotations.items() if len(name) <= MAX_ANNOTATION_NAME][:MAX_ANNOTATIONS]
    return {name: _cut(text) for name, text in kept}, ("annotations (cut)",)


def _cut(text: str) -> str:
    over = len(text) - MAX_ANNOTATION
    return f"{text[:MAX_ANNOTATION]}… [{over} more characters]" if over > 0 else text
