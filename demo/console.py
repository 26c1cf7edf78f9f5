"""What the demonstration says, and how it asks."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

BOLD, DIM, GREEN, RED, CYAN, PLAIN = "\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[36m", "\033[0m"


class Console:
    """A narrator: numbered steps, and a line that counts the seconds while something is awaited."""

    def __init__(self) -> None:
        """Colour on terminals only."""
        self.colour = sys.stdout.isatty()
        self._step = 0

    def paint(self, text: str, code: str) -> str:
        """Colour it where that can be seen."""
        return f"{code}{text}{PLAIN}" if self.colour else text

    def say(self, text: str = "") -> None:
        """One line, at once."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def step(self, text: str) -> None:
        """The next chapter."""
        self._step += 1
        self.say()
        self.say(self.paint(f"{self._step}. {text}", BOLD))

    def note(self, text: str) -> None:
        """An indented remark."""
        for line in text.splitlines():
            self.say("   " + line)

    def good(self, text: str) -> None:
        """What went well."""
        self.note(self.paint(text, GREEN))

    def bad(self, text: str) -> None:
        """What did not."""
        self.note(self.paint(text, RED))

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show that time passes: on a terminal by a running count, otherwise by a line at the end."""
        began = time.monotonic()
        done = threading.Event()
        if self.colour:
            threading.Thread(target=self._count, args=(what, began, done), daemon=True).start()
        try:
            yield
        finally:
            done.set()
            end = "\r\033[K" if self.colour else ""
            self.say(f"{end}   {self.paint(f'{what}: {time.monotonic() - began:.1f} s', DIM)}")

    def _count(self, what: str, began: float, done: threading.Event) -> None:
        while not done.wait(0.2):
            sys.stdout.write(f"\r\033[K   {what} … {time.monotonic() - began:.0f} s")
            sys.stdout.flush()

    def ask(self, question: str) -> bool:
        """Ask for a yes; the end of the input is a no."""
        sys.stdout.write(self.paint(f"   {question} [y/N] ", CYAN))
        sys.stdout.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}
