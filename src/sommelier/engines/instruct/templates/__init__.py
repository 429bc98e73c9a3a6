"""How instructions are put into words: the templates, what fills them, and what is wrong in one."""

from sommelier.engines.instruct.templates.linting import lint
from sommelier.engines.instruct.templates.rendering import letter, render, spoken
from sommelier.engines.instruct.templates.template import Template, templates

__all__ = ["Template", "letter", "lint", "render", "spoken", "templates"]
