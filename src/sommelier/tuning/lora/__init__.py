"""Fine-tuning of causal language models with low-rank adapters, whatever they are taught."""
