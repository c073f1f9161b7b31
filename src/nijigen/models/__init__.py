"""Generative families, one file each, and the contract they keep."""
