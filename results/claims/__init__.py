"""Claims about sync and async views, and what a run says to each."""
