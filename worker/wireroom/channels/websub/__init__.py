"""WebSub: hubs that are told of feeds, and the newsroom's own hub that brings them to subscribers."""
