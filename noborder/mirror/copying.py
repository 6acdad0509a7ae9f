"""One run: from every page along every link, each address once."""

from collections import deque
from datetime import UTC, datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import get_language_from_path
from django.utils.translation import gettext as _

from events import when
from events.names import own_language_name
from noborder.mirror.folder import Folder
from noborder.mirror.links import Address, live, relink
from noborder.mirror.site import Site, static_file, used_by_style

# Where the sentence about the copy stands in a page.
HERE = "<!-- copy -->"
FRONT = Address("/")


class Copying:
    def __init__(self, folder: Folder) -> None:
        self.folder, self.site = folder, Site()
        self.waiting: deque[Address] = deque()
        # What has, or will have, a file; and what answered otherwise than its address promised.
        self.files: dict[Address, str] = {}
        self.refused: set[Address] = set()
        # Pages with links to what was not asked for yet.
        self.hopeful: dict[Address, set[Address]] = {}
        self.done: set[Address] = set()

    def run(self) -> None:
        self._front()
        for address in self.site.starts():
            self.file_of(address)
        self._work()
        for page, links in list(self.hopeful.items()):
            if links & self.refused:
                self._copy(page)
        self._work()

    def _work(self) -> None:
        while self.waiting:
            self._copy(self.waiting.popleft())

    def file_of(self, address: Address) -> str:
        """The file of an address that is for everybody; it is copied in its turn."""
        if address in self.refused:
            return ""
        if address not in self.files:
            if not (address.path.startswith(settings.STATIC_URL) or self.site.has(address)) or not address.file:
                return ""
            self.files[address] = address.file
            self.waiting.append(address)
        return self.files[address]

    def _copy(self, address: Address) -> None:
        self.done.add(address)
        if address.path.startswith(settings.STATIC_URL):
            self._copy_static(address)
            return
        answer = self.site.get(address)
        if not answer.is_public:
            self.refused.add(address)
        elif answer.is_page:
            self._copy_page(address, answer.body.decode(), answer.headers.get("content-language", "en"))
        else:
            self.folder.keep(address.file, lambda _at: answer.body)

    def _copy_static(self, address: Address) -> None:
        path = static_file(address.path)
        if path is None:
            self.refused.add(address)
            return
        content = path.read_bytes()
        if path.suffix == ".css":
            for used in used_by_style(address.path, content):
                self.file_of(used)
        self.folder.keep(address.file, lambda _at: content)

    def _copy_page(self, address: Address, page: str, language: str) -> None:
        links: set[Address] = set()

        def file_of(target: Address) -> str:
            file = self.file_of(target)
            if file and target not in self.done:
                links.add(target)
            return file

        relinked = relink(page, address, file_of)
        if links:
            self.hopeful[address] = links
        head, body, rest = relinked.partition("<body")
        tag, end, rest = rest.partition(">")
        marked = f"{head}{body}{tag}{end}{HERE}{rest}"
        language = get_language_from_path(address.path) or language
        self.folder.keep(address.file, lambda at: marked.replace(HERE, notice(address, at, language), 1).encode())

    def _front(self) -> None:
        """Where the site leads to the best language, files let people choose."""
        languages = [(code, own_language_name(code)) for code in settings.COMPLETE_LANGUAGES]
        page = render_to_string("mirror/front.html", {"languages": languages, "site_name": settings.SITE_NAME})
        self.files[FRONT] = FRONT.file
        self._copy_page(FRONT, page, "en")
        self.done.add(FRONT)


def notice(address: Address, at: datetime, language: str) -> str:
    """Says that this is a copy, and of when."""
    with translation.override(language):
        moment = at.astimezone(UTC)
        told = _("This is a copy of %(moment)s. To register a protest or to be reminded, go to the live site:") % {
            "moment": f"{when.day_text_with_year(moment.date())}, {when.clock(moment)} UTC"
        }
        return format_html('<p class="notice notice--warning">{} <a href="{}">{}</a></p>', told, live(address), _host())


def _host() -> str:
    return settings.SITE_URL.partition("://")[2]
