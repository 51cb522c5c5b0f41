"""The table of the shared cache, so that it is there wherever the other tables are."""

from django.core.management import call_command
from django.db import migrations


def make_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)  # leaves one that is there


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_privacy_keeps")]
    operations = [migrations.RunPython(make_table, migrations.RunPython.noop)]
