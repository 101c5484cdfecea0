"""Relations: lasting ties between those who are named. The way in: `relations.find`."""
