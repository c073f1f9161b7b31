"""What went wrong in a training, and what to change: pure functions of a run's rows and its recipe."""
