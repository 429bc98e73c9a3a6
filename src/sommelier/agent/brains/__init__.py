"""Which brain answers: its settings, what is installed, and how the chosen one is put together."""
