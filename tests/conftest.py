"""What all tests share: how hypothesis searches."""

from __future__ import annotations

import os

from hypothesis import settings

# No time limit per example: machines are noisy, and time is measured in bench/. In CI the same examples every time, so
# that a change is judged by what it changes; at a developer's desk the search goes on with new ones.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
