"""Instructions over the shared sets: what is made of them, and how well it is followed."""
