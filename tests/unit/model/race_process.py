"""Threads that decode fresh structs for the first time at the same moment: `race_process.py [settle]`."""

from __future__ import annotations

import sys
import threading
import types

import msgspec

from firstresponder.model import settle

DEPTH, FIELDS, THREADS, ROUNDS = 12, 8, 4, 60
BODY = b'{"a0":{"a0":{"a1":{"x":1}}},"a1":{"x":1}}'


def fresh(number: int) -> type[msgspec.Struct]:
    """Define nested structs in a module that nobody has seen."""
    name = f"raced{number}"
    lines = ["from __future__ import annotations", "import msgspec"]
    for depth in range(DEPTH):
        lines.append(f"class S{depth}(msgspec.Struct, frozen=True, kw_only=True):")
        for field in range(FIELDS):
            form = f"S{depth - 1} | None" if depth and field == 0 else "dict[str, int] | None"
            lines.append(f"    a{field}: {form} = None")
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec("\n".join(lines), module.__dict__)  # noqa: S102 - a module of our own making
    last: type[msgspec.Struct] = getattr(module, f"S{DEPTH - 1}")
    return last


def race(form: type[msgspec.Struct]) -> None:
    """Decode it in all threads at once."""
    barrier = threading.Barrier(THREADS)

    def decode() -> None:
        barrier.wait()
        msgspec.json.decode(BODY, type=form)

    threads = [threading.Thread(target=decode) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    """Race again and again."""
    sys.setswitchinterval(1e-6)
    for number in range(ROUNDS):
        form = fresh(number)
        if "settle" in sys.argv:
            settle(f"raced{number}")
        race(form)


if __name__ == "__main__":
    main()
