"""From words to the catalogue: the language file, numbers, values, titles and places."""
