"""An article becomes posts: what goes where and when, in which words. Pure: no clock, no network."""
