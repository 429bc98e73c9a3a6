"""The REST addresses, one file a subject. Each only reads its request and words its answer."""
