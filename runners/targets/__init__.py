"""Which Django project is measured: from its description to a target."""
