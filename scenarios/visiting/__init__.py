"""One pass of a user through a journey: cookies, messages and carried values. Pure: it sends nothing."""
