"""How often the verdicts are wrong where the truth is known."""
