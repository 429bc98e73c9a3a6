"""The verbs that keep a workspace up to date, safe and private."""
