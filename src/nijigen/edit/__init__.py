"""Changing an avatar that is there: steps that are written into its birth certificate and taken again from it."""
