"""Every kind of place a post can go to, one module each: the feeds, X, Facebook, and the catalogue of them all."""
