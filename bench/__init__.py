"""Benches: each is a command that prints its own table."""
