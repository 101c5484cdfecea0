"""Actors: codes and offices of who is named (`actors.resolve`) and of who is only described (`nominals.find`)."""
