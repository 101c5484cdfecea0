"""Coreference: what pronouns and definite nouns stand for. The way in: `coreference.resolve`."""
