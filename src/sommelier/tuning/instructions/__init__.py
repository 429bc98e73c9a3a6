"""Instruction data made from a catalogue and its log, and models tuned to follow instructions."""
