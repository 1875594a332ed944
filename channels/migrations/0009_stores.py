from datetime import UTC

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import TruncHour


def count_what_is_there(apps, schema_editor):
    """Every hour with orders, a day's hours side by side: `count_sales` adds them up."""
    orders = apps.get_model("channels", "ChannelOrder").objects
    changes = apps.get_model("channels", "SalesChange")
    orders = orders.annotate(hour=TruncHour("purchase_date", tzinfo=UTC))
    hours = orders.order_by("store_id", "hour").values_list("store_id", "hour").distinct()
    changes.objects.bulk_create(
        (changes(store_id=store, hour=hour) for store, hour in hours), batch_size=1000
    )


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0008_errors_log_and_settings'),
    ]

    operations = [
        migrations.CreateModel(
            name='DailySales',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('status', models.CharField(choices=[('pending_availability', 'Pending availability'), ('pending', 'Pending'), ('unshipped', 'Unshipped'), ('partially_shipped', 'Partially shipped'), ('shipped', 'Shipped'), ('canceled', 'Canceled'), ('unfulfillable', 'Unfulfillable'), ('unknown', 'Unknown')], max_length=24, verbose_name='status')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('orders', models.PositiveIntegerField(verbose_name='orders')),
                ('amount', models.DecimalField(decimal_places=3, max_digits=21, verbose_name='amount')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='daily_sales', to='channels.amazonstore', verbose_name='Amazon store')),
            ],
            options={
                'verbose_name': 'sales of a day',
                'verbose_name_plural': 'sales by day',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('store', 'day', 'status', 'currency'), name='dailysales_once')],
            },
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('process', models.CharField(max_length=16, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SalesChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField()),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='channels.amazonstore')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.RunPython(count_what_is_there, migrations.RunPython.noop),
    ]
