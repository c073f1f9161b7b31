"""Data sets larger than memory: shards read in a shuffled order that can be taken up again at any picture."""
