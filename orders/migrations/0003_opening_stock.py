"""What products have on the shelf so far: the first line of their stock movements."""

from django.db import migrations


def open_stock(apps, schema_editor):
    product = apps.get_model("orders", "Product")
    movement = apps.get_model("orders", "StockMovement")
    movement.objects.bulk_create(
        (
            movement(product_id=pk, kind="set", change=quantity)
            for pk, quantity in product.objects.exclude(quantity=0)
            .values_list("pk", "quantity")
            .iterator()
        ),
        batch_size=500,
    )


def forget(apps, schema_editor):
    apps.get_model("orders", "StockMovement").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_order_settings_catalog_holds")]
    operations = [migrations.RunPython(open_stock, forget)]
