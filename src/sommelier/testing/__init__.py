"""The promises every engine, tool and planner keeps, as tests to inherit, and a toy world."""
