"""What the agent may do with catalogue and engines."""
