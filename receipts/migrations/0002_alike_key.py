"""What readings of one paper have in common, for an index; filled for the receipts that are there."""

from django.db import migrations, models


def fill(apps, schema_editor):
    receipts, readings = apps.get_model("receipts", "Receipt"), apps.get_model("receipts", "Reading")
    for receipt_id, fields in readings.objects.order_by("id").values_list("receipt_id", "fields").iterator():
        total, day = (fields.get(name, {}).get("value") for name in ("total", "date"))
        if isinstance(total, int) and total:
            key = f"{total}/{day if isinstance(day, str) else ''}"
            receipts.objects.filter(pk=receipt_id).update(alike_key=key)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("receipts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="receipt",
            name="alike_key",
            field=models.CharField(blank=True, editable=False, max_length=60),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                fields=["company", "alike_key"],
                condition=models.Q(("alike_key", ""), _negated=True),
                name="receipt_by_facts",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
