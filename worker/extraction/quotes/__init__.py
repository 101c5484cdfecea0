"""Quotes: words in marks, reported speech, and who says them. The way in: `quotes.find`."""
