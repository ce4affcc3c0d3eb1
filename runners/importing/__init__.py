"""What a project's description can be filled with: recordings, access logs and schemas of its API."""
