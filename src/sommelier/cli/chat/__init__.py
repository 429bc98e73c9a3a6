"""`sommelier chat`: talk to a catalogue; without a workspace, to the bundled films."""

from sommelier.cli.chat.command import command

__all__ = ["command"]
