"""What the demonstration says, and how it asks."""

from __future__ import annotations

import os
import select
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from firstresponder.cli.text import clean

BOLD, DIM, PLAIN = "\033[1m", "\033[2m", "\033[0m"
RED, GREEN, YELLOW, CYAN = "\033[31m", "\033[32m", "\033[33m", "\033[36m"

LINE = "\r\033[K"  # back to the begin of the line, which is emptied
SIGNS = {"@@": CYAN, "+": GREEN, "-": RED}
NAMES = 15  # columns of a field's name
EVERY = 0.2  # seconds between two looks at what is awaited
NARROWEST, WIDEST = 60, 120


class Console:
    """A narrator: numbered steps, and a line that counts the seconds while something is awaited."""

    def __init__(self) -> None:
        """Colour on terminals only."""
        self.colour = sys.stdout.isatty()
        self.width = max(NARROWEST, min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns))
        self.ended = False
        """Whether the input has ended: nobody is there to answer."""
        self._typed = b""
        self._step = 0
        self._counting = False

    def paint(self, text: str, code: str) -> str:
        """Colour it where that can be seen."""
        return f"{code}{text}{PLAIN}" if self.colour and code else text

    def say(self, text: str = "") -> None:
        """One line, at once; it takes the place of a running count."""
        sys.stdout.write(f"{LINE if self._counting else ''}{text}\n")
        sys.stdout.flush()

    def fails(self, error: Exception) -> int:
        """Say what went wrong, and return the exit code. Where nobody listens any more, end without a word."""
        if isinstance(error, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        else:
            self.bad(str(error))
        return 1

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
        self._counting = self.colour
        if self.colour:
            threading.Thread(target=self._count, args=(what, began, done), daemon=True).start()
        try:
            yield
        finally:
            done.set()
            self.note(self.paint(f"{what}: {time.monotonic() - began:.1f} s", DIM))
            self._counting = False

    def _count(self, what: str, began: float, done: threading.Event) -> None:
        while not done.wait(0.2):
            sys.stdout.write(f"{LINE}   {what} … {time.monotonic() - began:.0f} s")
            sys.stdout.flush()

    def fields(self, *rows: tuple[str, str], lines: int = 3) -> None:
        """Names and texts in two columns, each text in so many lines at most; what has no text is left out."""
        for name, text in rows:
            wrapped = textwrap.wrap(clean(text), self.width - NAMES - 3, max_lines=lines, placeholder=" …")
            for number, row in enumerate(wrapped):
                self.note(f"{name if number == 0 else '':<{NAMES}}{row}")

    def diff(self, text: str) -> None:
        """A diff, coloured."""
        for row in clean(text).splitlines():
            self.note(self.paint("    " + row, next((colour for sign, colour in SIGNS.items() if row.startswith(sign)), "")))

    def ask(self, question: str, elsewhere: Callable[[], bool] = lambda: False) -> bool | None:
        """Ask for a yes; the end of the input is a no. None: it was answered `elsewhere`, which is asked all the time."""
        sys.stdout.write(self.paint(f"   {question} [y/N] ", CYAN))
        sys.stdout.flush()
        while not elsewhere():
            if (line := self._line(EVERY)) is not None:
                if not line.endswith(b"\n") or not sys.stdin.isatty():
                    self.say()  # nobody pressed a key that ends the line
                return line.strip().lower() in {b"y", b"yes"}
        self.say()
        return None

    def pause(self, words: str) -> None:
        """Wait for Enter, or for the end of the input."""
        self.say(self.paint(f"   {words}", CYAN))
        while self._line(EVERY) is None:
            pass

    def _line(self, seconds: float) -> bytes | None:
        """Return the next line of the input, what there is of it at the end, or None where nothing comes for a while."""
        while b"\n" not in self._typed:
            if self.ended or sys.stdin is None:
                self.ended = True
                return b""
            if not select.select([sys.stdin], [], [], seconds)[0]:
                return None
            if not (more := os.read(sys.stdin.fileno(), 4096)):
                self.ended, rest, self._typed = True, self._typed, b""
                return rest
            self._typed += more
        line, _, self._typed = self._typed.partition(b"\n")
        return line + b"\n"
