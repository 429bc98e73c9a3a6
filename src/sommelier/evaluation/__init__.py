"""How we know: metrics, protocols, reports."""
