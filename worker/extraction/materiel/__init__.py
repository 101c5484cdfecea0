"""Materiel and aid: what moves, from whom to whom, how far it has come. The way in: `materiel.find`."""
