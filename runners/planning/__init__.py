"""From a selection to a plan: cells, their order, the expected time. Pure."""
