"""Tests of runners.survey.drafting."""
