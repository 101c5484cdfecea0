"""Dates: time expressions as intervals of days (`dates.find`), and the date of an event (`dating`)."""
