"""Brains: each turns a message and what is known into a plan."""
