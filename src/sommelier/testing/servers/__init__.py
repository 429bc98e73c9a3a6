"""Servers to test and measure against: real ones, on this machine only."""

from sommelier.testing.servers.llama import served

__all__ = ["served"]
