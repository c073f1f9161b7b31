"""What the players minimise: adversarial losses, penalties on their slopes, and ways to soften the game."""
