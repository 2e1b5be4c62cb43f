"""One feed, three formats: RSS 2.0, Atom 1.0 and JSON Feed 1.1 of the same articles, pure and fast."""
