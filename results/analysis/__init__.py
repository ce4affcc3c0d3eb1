"""From records to figures, comparisons and verdicts."""
