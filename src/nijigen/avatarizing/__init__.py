"""A photograph → an avatar: what can be told of a face, how surely, and the avatars drawn from it."""
