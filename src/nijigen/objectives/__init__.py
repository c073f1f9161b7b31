"""Adversarial losses: small pure functions."""
