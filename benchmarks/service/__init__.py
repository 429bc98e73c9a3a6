"""Load, storms and attacks on a running service."""
