"""Names: what the language model finds, mended and widened by rules and lexicons. The way in: `finder.NameFinder`."""
