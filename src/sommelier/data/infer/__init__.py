"""From raw columns to a catalogue with meaning: kinds, cleaned values, learned facts."""
