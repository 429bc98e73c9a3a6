"""What there is: items, events, what their fields mean, and where they are kept."""
