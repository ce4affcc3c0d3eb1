"""From a summary to the report: answers, tables, charts, pages."""
