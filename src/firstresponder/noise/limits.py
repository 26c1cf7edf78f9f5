"""What bounds one run. Where a limit is reached, the answer says so or is a clear error; nothing is dropped in silence."""

from __future__ import annotations

MAX_ENTRIES = 2_000_000  # alerts and unparsed lines in one run
MAX_LINE = 16_384  # characters of one line; the rest of a longer one is not kept, and the line counts as unparsed
MAX_CELL = 131_072  # characters of one cell of a table
MAX_ROW = 500  # lines of one row of a table
MAX_KEPT = 1_000_000_000  # characters of original lines, where all of them are kept (JSON)
MAX_DOCUMENT = 256_000_000  # characters of one JSON document that is not one object per line
MAX_KINDS = 20_000  # kinds of alert told apart; what is new after that is put together by class
MAX_TITLE = 400  # characters of a title that are looked at
SHOWN = 3  # members kept per kind, where not all are
SHOWN_UNPARSED = 100  # lines that were not understood, kept and shown where not all are
SAMPLE = 200  # lines that are looked at before a form is chosen
MAX_INSTANCES = 1_000  # different instances counted per kind
MAX_NAMES = 10  # names of alerts in one matcher
MAX_PAIRS = 200_000  # pairs of kinds whose order is measured
MAX_PROPOSALS = 40
WRAPPED = 50  # lines that one record may be wrapped over

WINDOW = 600.0  # seconds: what begins within it after another thing may follow from it
QUICK = 900.0  # seconds: what ends within it is taken to have ended by itself, where nothing says who ended it
BURST = 300.0  # seconds: Alertmanager's default group_interval; what begins within it is one notification of a group
