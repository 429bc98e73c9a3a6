"""The encoder that reads instructions: MiniLM with an adapter on its query side, tuned and kept."""

from sommelier.tuning.instructions.encoder.train import EncoderSettings, Progress, train

__all__ = ["EncoderSettings", "Progress", "train"]
