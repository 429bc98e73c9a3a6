"""The model brain: a language model fills in a frame, code makes the plan of it."""
