"""The servers: the registry, servers from files and packages, and one that runs."""
