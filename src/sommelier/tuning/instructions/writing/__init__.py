"""Models that write their answers: sequence-to-sequence and causal ones, tuned on instructions."""
