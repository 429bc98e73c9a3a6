"""Measurements: `speed` and `quality`, each script with its committed results. Not installed."""
