"""Who looks after privacy may hold and purge what is kept."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_privacy_keep(apps, schema_editor):
    # Django makes permissions after the last migration; the group needs it now.
    create_permissions(installed.get_app_config("intake"), verbosity=0, apps=apps)
    keep = apps.get_model("auth", "Permission").objects.get(content_type__app_label="intake", codename="keep")
    apps.get_model("auth", "Group").objects.get(name="privacy").permissions.add(keep)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_groups"), ("intake", "0005_calling_desk")]
    operations = [migrations.RunPython(let_privacy_keep, migrations.RunPython.noop)]
