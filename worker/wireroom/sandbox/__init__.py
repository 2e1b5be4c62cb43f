"""A door: local, stateful stand-ins of X and Facebook, with a page of what was posted."""
