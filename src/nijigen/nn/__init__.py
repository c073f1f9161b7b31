"""Pure-PyTorch building blocks."""
