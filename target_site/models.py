"""Two tables: one that is read, one that is written and emptied between trials."""

from django.db import models


class Article(models.Model):
    """A row to read; seeded with the same values in every run."""

    title = models.CharField(max_length=200)
    body = models.TextField()
    score = models.IntegerField(db_index=True)


class Entry(models.Model):
    """A row that a request wrote."""

    note = models.CharField(max_length=200)
    created = models.DateTimeField(auto_now_add=True)
