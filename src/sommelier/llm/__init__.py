"""Whom we talk to: text encoders and, later, language models."""
