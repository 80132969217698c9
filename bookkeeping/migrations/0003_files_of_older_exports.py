"""Give exports that were made before a batch could hold several files the rows of the files they have."""

from django.db import migrations

from pleo.lib.ids import uuid7


def list_files(apps, schema_editor):
    Export = apps.get_model("bookkeeping", "Export")
    ExportFile = apps.get_model("bookkeeping", "ExportFile")
    rows = []
    for export in Export.objects.filter(status="ready", files=None).iterator(chunk_size=500):
        kept = [("journal", "csv", "text/csv; charset=utf-8", export.file_key, export.file_name, export.sha256)]
        if export.receipts_key:
            kept.append(("receipts", "", "application/zip", export.receipts_key, export.receipts_name, export.receipts_sha256))
        for position, (kind, format, media, key, name, sha256) in enumerate(kept, 1):
            rows.append(
                ExportFile(
                    id=uuid7(), company_id=export.company_id, export=export, position=position, kind=kind, format=format,
                    name=name, media_type=media, key=key, sha256=sha256,
                )
            )
    ExportFile.objects.bulk_create(rows, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("bookkeeping", "0002_formats")]
    operations = [migrations.RunPython(list_files, migrations.RunPython.noop)]
