"""Files as people have them: tables, and the layouts of well-known data sets."""
