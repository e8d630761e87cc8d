"""What the frame around every page shows: brand, navigation, the person signed in and the note at the foot."""

from dataclasses import dataclass

from upwell.interfaces.web.charts import Person


@dataclass(frozen=True)
class NavItem:
    """One link of the sidebar; `icon` is a Lucide name; `badge` a short count; a phone shows the lowest ranks."""

    label: str
    url: str
    icon: str
    active: bool = False
    badge: str = ""
    phone_rank: int = 99


@dataclass(frozen=True)
class NavSection:
    """Links of one workspace; the first section usually has no title."""

    items: tuple[NavItem, ...]
    title: str = ""


@dataclass(frozen=True)
class Shell:
    """Everything `base.html` needs; pass it to each page as `shell`."""

    sections: tuple[NavSection, ...]
    person: Person
    product: str = "Upwell"
    home_url: str = "/"
    inbox_url: str = ""
    unread: int = 0
    search_url: str = "/search/"
    sign_out_url: str = ""
    footer_note: str = ""

    @property
    def tabs(self) -> tuple[NavItem, ...]:
        """The four links that a phone shows at the bottom: what is done on the way."""
        items = [item for section in self.sections for item in section.items]
        return tuple(sorted(items, key=lambda item: item.phone_rank)[:4])
