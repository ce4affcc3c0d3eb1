"""What a temporary database holds before a run: data, users with sessions, and the rows that requests draw from."""
