"""The command line: one short file per command; each parses, calls one verb and prints."""

from scarplan.cli.group import main as main
