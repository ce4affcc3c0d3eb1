"""The first screen of a report: what a run found, for somebody who reads no further."""
