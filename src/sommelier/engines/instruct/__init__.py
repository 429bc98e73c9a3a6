"""Recommendation as instruction following: what an instruction is, and the engine that follows."""
