"""Training: recipe, phases, state, checkpoints, and the one loop."""
