"""How the desk is doing, in numbers that carry no person: what each request adds to its day, and what is kept of it."""

from django.db import models


class Figure(models.Model):
    """So many of one kind on one day. What a purged request added to its day stays here."""

    day = models.DateField()
    what = models.CharField(max_length=40)
    count = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["day", "what"], name="one_figure_of_a_kind_a_day"),)

    def __str__(self) -> str:
        return f"{self.what} on {self.day}"
