"""The node's memory: PostgreSQL, either our own embedded server (`store.embedded`) or one that the operator names."""
