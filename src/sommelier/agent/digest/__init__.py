"""What a model is told of a conversation and a person: plans in words, summaries, profiles."""
