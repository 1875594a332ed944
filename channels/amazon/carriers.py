"""Amazon's carrier codes, spelled exactly (``amzn-base.xsd``), per area of the marketplaces.

A carrier that is not listed goes out as ``Other`` with its name. Some carriers have two codes that
differ in case or spaces only; both are Amazon's, and the one it lists for an area comes first.
"""

from channels.amazon.marketplaces import by_id

OTHER = "Other"

AREAS: dict[str, tuple[str, ...]] = {
    "US": (
        "USPS", "UPS", "FedEx", "DHL", "OnTrac", "Lasership", "UPSMI", "UPS Mail Innovations",
        "UPS Freight", "FedEx SmartPost", "Fedex Freight", "DHL eCommerce", "DHL Global Mail",
        "OSM", "Newgistics", "Estes", "Old Dominion", "XPO Freight", "R+L", "Saia", "ABF",
        "Roadrunner", "First Mile", "Amazon Shipping",
    ),
    "AMERICAS": (
        "Canada Post", "PUROLATOR", "Estafeta", "Correios", "Total Express", "DirectLog",
        "TransFolha", "UPS", "FedEx", "DHL",
    ),
    "GB": (
        "Royal Mail", "DPD", "DPD Local", "Parcelforce", "Hermes UK", "Yodel", "UPS", "DHL",
        "FedEx", "UKMail", "APC Overnight", "Whistl", "Tuffnells", "DX", "DX Express", "DX Secure",
        "Hermes", "Hermes (Corporate)", "APC", "Jersey Post", "AMZL_UK", "Arrow XL", "Panther",
        "XDP", "City Link", "ROYAL_MAIL", "UK MAIL",
    ),
    "NORTH": (
        "PostNord", "DHL", "DPD", "GLS", "UPS", "DB Schenker", "DSV", "DHL-Paket",
        "Deutsche Post", "Hermes Logistik Gruppe", "Hermes Einrichtungsservice", "GO!", "Rhenus",
        "AT POST", "Post NL", "Polish Post", "InPost", "FedEx",
    ),
    "SOUTH": (
        "La Poste", "Colissimo", "Coliposte", "Chronopost", "Colis Prive", "Geodis",
        "Poste Italiane", "SDA", "BRT", "Nexive", "Correos", "Correos Express", "Seur", "MRW",
        "Nacex", "TIPSA", "Tourline", "CTTExpress", "Celeritas", "CELERITAS", "Envialia", "DHL",
        "DPD", "GLS", "UPS", "FedEx",
    ),
    "EAST": (
        "Aras Kargo", "MNG Kargo", "PTT Kargo", "Horoz Lojistik", "Aramex", "Emirates Post",
        "iMile", "UPS", "DHL", "FedEx",
    ),
    "IN": (
        "BlueDart", "DTDC", "Delhivery", "India Post", "Ecom Express", "Xpressbees", "Gati",
        "First Flight", "Professional", "Overnite Express", "Shree Maruti Courier", "Safexpress",
    ),
    "JP": (
        "YAMATO", "SAGAWA", "Japan Post", "NITTSU", "JP_EXPRESS", "FEDEX_JP",
        "SEINO TRANSPORTATION", "YamatoTransport", "SagawaExpress", "NipponExpress",
    ),
    "OCEANIA": (
        "Australia Post", "Australia Post-Consignment", "Australia Post-ArticleId", "AUSSIE_POST",
        "StarTrack-Consignment", "StarTrack-ArticleID", "Toll Global Express", "Sendle", "SENDLE",
        "CouriersPlease", "Couriers Please", "Fastway", "Singapore Post", "Ninjavan", "Qxpress",
        "DHL", "FedEx", "UPS",
    ),
    "CROSS_BORDER": (
        "China Post", "4PX", "Yanwen", "Yun Express", "SF Express", "SFC", "WINIT", "CNE",
        "Sunyou", "UBI", "Chukou1", "Equick", "JCEX", "YTO Express", "ZTO Express", "STO Express",
        "Best Express", "Asendia", "EUB",
    ),
    "ANYWHERE": ("Self Delivery", "Digital Delivery"),
}  # fmt: skip

AREA_OF = {
    "US": "US", "CA": "AMERICAS", "MX": "AMERICAS", "BR": "AMERICAS",
    "GB": "GB", "IE": "GB",
    "DE": "NORTH", "NL": "NORTH", "BE": "NORTH", "SE": "NORTH", "PL": "NORTH",
    "FR": "SOUTH", "IT": "SOUTH", "ES": "SOUTH",
    "TR": "EAST", "AE": "EAST", "SA": "EAST", "EG": "EAST", "ZA": "EAST",
    "IN": "IN", "JP": "JP", "AU": "OCEANIA", "SG": "OCEANIA",
}  # fmt: skip


def carriers_for(marketplace_id: str) -> list[str]:
    """Every code once: the marketplace's own area first, the others by name, Other last."""
    marketplace = by_id(marketplace_id)
    local = AREAS[AREA_OF[marketplace.country_code]] if marketplace else ()
    rest = {code for codes in AREAS.values() for code in codes} - set(local)
    return [*local, *sorted(rest, key=lambda code: (code.casefold(), code)), OTHER]


def folded(name: str) -> str:
    """A carrier's name without case and spaces: one key for all its spellings."""
    return "".join(name.split()).casefold()


def exact_code(text: str, marketplace_id: str) -> str | None:
    """Amazon's code that `text` is, or is but for case and spaces; None when it is none."""
    codes = carriers_for(marketplace_id)
    if text in codes:
        return text
    return next((code for code in codes if folded(code) == folded(text)), None)
