"""Permissions are named in the reader's language where they are given."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from tests.staff import statements, superuser

pytestmark = pytest.mark.django_db

OURS = {
    "Commerce | Commerce-order | Kan skicka Commerce-ordrar",
    "Commerce | Commerce-order | Kan se köpares personuppgifter",
    "Kunder | kund | Kan radera kunders personuppgifter",
}
DJANGOS = {
    "Commerce | produkt | Kan lägga till produkt",
    "Kunder | kund | Kan visa kund",
    "Autentisering och auktorisering | grupp | Kan ta bort grupp",
    "Schemalagda uppgifter | schemalagd uppgift | Kan ändra schemalagd uppgift",
}


def offered(url, field, language):
    response = superuser().get(url, headers={"accept-language": language})
    return {label for _pk, label in response.context["adminform"].form.fields[field].choices}


def forms():
    group, user = Group.objects.earliest("pk"), User.objects.create_user("kim")
    return {
        reverse("admin:auth_group_change", args=[group.pk]): "permissions",
        reverse("admin:auth_user_change", args=[user.pk]): "user_permissions",
    }


def test_each_reader_reads_them_in_their_language():
    for url, field in forms().items():
        swedish = offered(url, field, "sv")
        assert swedish >= OURS | DJANGOS
        assert not [label for label in swedish if "Can " in label]
        english = offered(url, field, "en")
        assert "Commerce | Commerce order | Can ship Commerce orders" in english
        assert "Commerce | product | Can add product" in english
        assert len(swedish) == len(english) == Permission.objects.count()


def test_what_goes_with_a_group_or_a_user_has_names():
    """The rows between them have none, and Django writes their kind in English."""
    group, user = Group.objects.earliest("pk"), User.objects.create_user("kim")
    user.groups.add(group)
    user.user_permissions.add(Permission.objects.earliest("pk"))
    client = superuser()
    for name, row in (("group", group), ("user", user)):
        url = reverse(f"admin:auth_{name}_delete", args=[row.pk])
        text = client.get(url, headers={"accept-language": "sv"}).content.decode()
        assert str(row) in text
        assert "relationship" not in text
        client.post(url, {"post": "yes"})
    assert not User.objects.filter(pk=user.pk).exists()
    assert not Group.objects.filter(pk=group.pk).exists()


def test_the_form_of_a_password_is_read_in_the_readers_language():
    user = User.objects.create_user("kim", password="a long password")
    url = reverse("admin:auth_user_password_change", args=[user.pk])
    text = superuser().get(url, headers={"accept-language": "sv"}).content.decode()
    assert "Om det stängs av går användarens nuvarande lösenord förlorat." in text
    assert "Whether" not in text


def test_a_permission_costs_no_statement_of_its_own():
    client = superuser()
    for url in forms():
        assert statements(client, url) < 30
