"""How well instructions are followed: rows of instructions, tasks over them, and their tables."""
