"""The desk: the only place where words, composition, channels and the store meet."""
