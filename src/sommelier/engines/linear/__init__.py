"""Engines whose knowledge is one item-item matrix."""
