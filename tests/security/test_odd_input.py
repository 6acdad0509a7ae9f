"""Whatever is typed into an address or a field, nobody gets an error of ours."""

import pytest
from django.test import Client

from tests.security.addresses import World, addresses

ODD = ["\0", "\x01\r\nSet-Cookie: a=b", "\ud800", "９" * 30, "9" * 5000, "ß", "-1", "%", "../..", "a:b:c", "🏴" * 9]
NAMES = ["q", "country", "city", "day", "kind", "lang", "after", "event", "change", "next", "confirmed", "e", "p", "o"]


@pytest.mark.parametrize("role", ["organiser of it", "superuser"])
@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_an_odd_query_is_no_error_of_ours(role: str, odd: str, world: World) -> None:
    client = world.client(role)
    client.raise_request_exception = False
    query = dict.fromkeys(NAMES, odd.encode("utf-8", "surrogatepass"))
    for address in addresses():
        if address.route.startswith("admin/"):
            continue
        response = client.get(world.path(address), query, follow=True)
        assert response.status_code < 500, address.name


@pytest.mark.parametrize("role", ["organiser of it", "superuser"])
@pytest.mark.parametrize("gap", ["%00", "%ff", "%0d%0a", "9" * 30, "9" * 5000, "%F0%9F%8F%B4"], ids=ascii)
def test_an_odd_part_of_an_address_is_no_error_of_ours(role: str, gap: str, world: World) -> None:
    client = world.client(role)
    client.raise_request_exception = False
    values = dict.fromkeys(
        [
            "public_id",
            "slug",
            "country",
            "key",
            "pk",
            "token",
            "app_label",
            "url",
            "content_type_id",
            "object_id",
            "width",
        ],
        gap,
    )
    values["number"] = gap
    for address in addresses():
        response = client.get(address.path(values))
        assert response.status_code < 500, address.path(values)[:80]


@pytest.mark.parametrize("charset", ["base64", "utf-7", "utf-16", "idna", "undefined", "nothing", "utf-8"])
def test_an_odd_charset_is_no_error_of_ours(charset: str, world: World) -> None:
    client = Client(raise_request_exception=False)
    body = '--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n+2AA-@example.org\r\n--x--\r\n'
    for path in ("/en/register/", "/en/reminders/", "/accounts/login/"):
        for kind in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
            odd = {"content_type": f"{kind}; charset={charset}"}
            assert client.generic("POST", path, body.encode(), **odd).status_code < 500, (path, kind)
            assert client.generic("GET", f"{path}?q=%FF", b"", **odd).status_code < 500, (path, kind)
