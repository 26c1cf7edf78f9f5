"""A command group that loads a command's file only when that command is used, so that `--help` stays quick."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from firstresponder.cli.exits import complain
from firstresponder.errors import FirstresponderError


class Listed(NamedTuple):
    """One command: its file in this folder, and what the list says of it."""

    module: str
    help: str


class LazyGroup(TyperGroup):
    """Knows the names and one line of each command; the rest is read when it is needed."""

    listed: ClassVar[dict[str, Listed]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """Return all names, in the order of the list."""
        del ctx
        return list(self.listed)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command if it was loaded, else one that only carries its line of help."""
        del ctx
        if cmd_name in self.commands or cmd_name not in self.listed:
            return self.commands.get(cmd_name)
        return TyperCommand(name=cmd_name, help=self.listed[cmd_name].help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Load the command that is meant."""
        name = args[0] if args else ""
        if name in self.listed and name not in self.commands:
            self.commands[name] = load(name, self.listed[name])
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run it; an error of our own is one line and an exit code, not a trace."""
        try:
            return super().invoke(ctx)
        except FirstresponderError as error:
            raise typer.Exit(complain(error)) from error


def load(name: str, listed: Listed) -> Any:
    """Import the file and return the command in it."""
    command = get_command(import_module(f"firstresponder.cli.{listed.module}").app)
    command.name = name
    return command


def new() -> typer.Typer:
    """Return an empty command: plain help, no completion installer, no values of variables in a trace."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)
