"""Marks for tests that are about one database only."""

from __future__ import annotations

import pytest

sqlite_only = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
postgresql_only = pytest.mark.parametrize("backend", [pytest.param("postgresql", marks=pytest.mark.cluster)], indirect=True)
