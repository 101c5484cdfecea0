"""Polling: one poll from request to intake (poller), and what a feed's state makes of each answer (conditional)."""
