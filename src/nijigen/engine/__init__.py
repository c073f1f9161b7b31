"""Running a model: from seeds and words to avatars, and from a birth certificate to the same avatar again."""
