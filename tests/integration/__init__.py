"""The real thing: servers, Locust, PostgreSQL, a browser."""
