"""The small planner model: its data, its training, its measure."""
