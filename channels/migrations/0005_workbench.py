import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from channels.services.buyer_terms import terms_of

CHUNK = 2000


def index_buyers(apps, schema_editor):
    """Orders that were imported before there were terms."""
    ChannelOrder = apps.get_model("channels", "ChannelOrder")
    BuyerTerm = apps.get_model("channels", "BuyerTerm")
    orders = ChannelOrder.objects.only("uid", "buyer", "recipient", "corrected_address")
    rows = []
    for order in orders.order_by("pk").iterator(chunk_size=CHUNK):
        rows += [BuyerTerm(term=term, order_id=order.pk) for term in terms_of(order)]
        if len(rows) >= CHUNK:
            BuyerTerm.objects.bulk_create(rows)
            rows = []
    BuyerTerm.objects.bulk_create(rows)


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0004_shipping_and_cancelling'),
        ('orders', '0007_workbench'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BuyerTerm',
            fields=[
                ('pk', models.CompositePrimaryKey('term', 'order', blank=True, editable=False, primary_key=True, serialize=False)),
                ('term', models.BigIntegerField()),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='buyer_terms', to='channels.channelorder')),
            ],
            options={
                'verbose_name': 'buyer term',
                'verbose_name_plural': 'buyer terms',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=40, verbose_name='name')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('shared', models.BooleanField(default=False, verbose_name='shared with everybody')),
                ('query', models.CharField(blank=True, max_length=500, verbose_name='filters and sorting')),
                ('columns', models.JSONField(blank=True, default=list, verbose_name='columns')),
            ],
            options={
                'verbose_name': 'saved view',
                'verbose_name_plural': 'saved views',
                'default_permissions': (),
                'ordering': ['name', 'id'],
                'permissions': [('share_view', 'Can share views of the Orders tab')],
            },
        ),
        migrations.RemoveIndex(
            model_name='channelorder',
            name='channelorder_status',
        ),
        migrations.AddField(
            model_name='channelorder',
            name='shown_status',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(placement='held', then=models.Value('error')), models.When(models.Q(('placement', 'placed'), ('proven_at__isnull', False), models.Q(('status__in', ('pending_availability', 'pending', 'unshipped', 'partially_shipped')), _negated=True)), then=models.Value('completed')), default=models.F('status'), output_field=models.CharField(max_length=24)), output_field=models.CharField(max_length=24)),
        ),
        migrations.AddIndex(
            model_name='channelorder',
            index=models.Index(fields=['shown_status', 'purchase_date', 'id'], name='channelorder_by_status'),
        ),
        migrations.AddIndex(
            model_name='channelorder',
            index=models.Index(fields=['fulfilled_by', 'purchase_date', 'id'], name='channelorder_by_fulfiller'),
        ),
        migrations.AddIndex(
            model_name='channelorder',
            index=models.Index(fields=['ship_by', 'id'], name='channelorder_by_ship_by'),
        ),
        migrations.AddIndex(
            model_name='channelorder',
            index=models.Index(fields=['grand_total', 'id'], name='channelorder_by_total'),
        ),
        migrations.AddIndex(
            model_name='channelorder',
            index=models.Index(condition=models.Q(('fulfilled_by', 'merchant'), ('status__in', ('unshipped', 'partially_shipped'))), fields=['ship_by', 'id'], name='channelorder_to_ship'),
        ),
        migrations.AddIndex(
            model_name='channelorder',
            index=models.Index(condition=models.Q(('cancel_requested', True), models.Q(('status__in', ('shipped', 'canceled')), _negated=True)), fields=['purchase_date', 'id'], name='channelorder_cancel_asked'),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.UniqueConstraint(fields=('owner', 'name'), name='savedview_name_once'),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.CheckConstraint(condition=models.Q(('shared', False), models.Q(('name', ''), _negated=True), _connector='OR'), name='savedview_shared_has_name'),
        ),
        migrations.RunPython(index_buyers, migrations.RunPython.noop),
    ]
