"""The history of the schema, one file a change. Never edit one that was released."""
