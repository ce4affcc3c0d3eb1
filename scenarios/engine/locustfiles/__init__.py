"""The users of a reader's locustfile as a load."""
