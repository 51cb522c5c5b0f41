"""What the desk had recorded in Django's log of the admin is in the chain too, as it was written there."""

import contextlib
import uuid

from django.db import migrations

from reentry_site.record import chain


def copy(apps, schema_editor):
    LogEntry, Entry = apps.get_model("admin", "LogEntry"), apps.get_model("record", "Entry")
    of_the_desk = LogEntry.objects.filter(content_type__app_label="intake").order_by("action_time", "pk")
    place, entries = chain.Place(0, chain.BEFORE_ANY), []
    for line in of_the_desk.iterator():
        entry = Entry(
            id=place.id + 1, at=line.action_time, who=line.user_id, what=line.change_message[:160], request=_id(line)
        )
        entry.mac = chain.mac_of(place.mac, entry)
        place = chain.Place(entry.id, entry.mac)
        entries.append(entry)
    Entry.objects.bulk_create(entries, batch_size=chain.BATCH)


def _id(line) -> uuid.UUID | None:
    with contextlib.suppress(ValueError):
        return uuid.UUID(line.object_id or "")
    return None


class Migration(migrations.Migration):
    dependencies = [
        ("record", "0001_the_record"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(copy, migrations.RunPython.noop)]
