"""How good a model is: distances between sets of pictures, what they cover, what is only learned by heart.

The measures are pure functions of rows of features, each with its paper; ``nijigen evaluate`` puts them together.
"""
