"""Models and data sets to and from the Hugging Face Hub: what may go, what came, and every mistake in one line."""
