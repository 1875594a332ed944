"""Finding a customer by e-mail, and forgetting one, with and without JavaScript."""

from channels.sandbox.invent import Draft
from channels.sandbox.records import Buyer
from customers.models import Customer
from tests import portal
from tests.e2e.conftest import follow

ANNA = Buyer(
    name="Anna Öberg",
    email="k3v9x@marketplace.amazon.se",
    company="Öberg AB",
    vat_id="SE556677889901",
)


def test_found_by_e_mail_and_forgotten(logged_in, shop, java_script):
    portal.connect(shop.sandbox, customer_creation="new")
    order = shop.order(Draft(buyer=ANNA, programs=("AMAZON_BUSINESS",)))
    page = logged_in("/admin/customers/customer/", java_script=java_script)
    page.get_by_label("E-mail address").fill(ANNA.email)
    follow(page, page.get_by_role("button", name="Find"))

    assert ANNA.email not in page.url
    assert page.get_by_text("SE556677889901").is_visible()
    assert page.get_by_text("Amazon relay address: not for marketing").is_visible()
    follow(page, page.get_by_role("link", name="Forget this customer…"))
    follow(page, page.get_by_role("button", name="Erase personal data"))
    assert "still has to be shipped" in page.get_by_role("alert").inner_text()

    portal.ship(order.amazon_order_id)
    follow(page, page.get_by_role("button", name="Erase personal data"))
    assert page.get_by_text("The customer's personal data is erased.").is_visible()
    assert "Anna" not in page.content()
    assert Customer.objects.get().profile == {}
