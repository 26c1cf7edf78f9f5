"""Our own log: structured, to standard error or the file that `logging.path` (`LOG_FILE_PATH`) names."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TextIO

import structlog

from firstresponder.config import Logging
from firstresponder.errors import BadConfig


def configure(settings: Logging) -> None:
    """Set the log up once per process. Raises BadConfig when the file cannot be written."""
    stream = _stream(settings)
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    as_json = settings.format == "json" or (settings.format == "auto" and not stream.isatty())
    render = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=stream, level=max(level, logging.WARNING), force=True)


def _stream(settings: Logging) -> TextIO:
    if not settings.path:
        return sys.stderr
    try:
        return Path(settings.path).open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise BadConfig(
            f"logging.path (LOG_FILE_PATH): {settings.path} cannot be written ({error.strerror}); name a file, or leave it out"
        ) from error
