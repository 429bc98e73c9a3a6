"""What must last: profiles, sessions, feedback."""
