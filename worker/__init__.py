"""newsworker: news in, structured political events out."""
