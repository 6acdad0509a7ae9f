"""/admin/ opens to staff who have passed a second factor. Beside its tables it has pages of rooms."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse  # noqa: TID251 - gives the answer that sends the person on
from django.urls import URLPattern, URLResolver, path

from accounts.standing import has_shown_second_factor, leaving_nothing


@dataclass(frozen=True)
class Page:
    """Shown to whoever holds *permission*, at /admin/<path>."""

    path: str
    name: str
    title: str
    permission: str
    view: Callable[[HttpRequest], HttpResponse]

    @property
    def url_name(self) -> str:
        return f"admin:{self.name}"


class GuardedAdminSite(AdminSite):
    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.pages: list[Page] = []

    def add_page(self, page: Page) -> None:
        """Called once per page from an admin module."""
        self.pages.append(page)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        pages = [path(page.path, self.admin_view(page.view), name=page.name) for page in self.pages]
        return [*pages, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        pages = [page for page in self.pages if request.user.has_perm(page.permission)]
        return {**super().each_context(request), "pages": pages}

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and has_shown_second_factor(request)

    def logout(  # type: ignore[override] # stubs say that it never redirects
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return leaving_nothing(super().logout(request, extra_context))
