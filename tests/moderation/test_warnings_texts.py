"""What stands in a text and should not: no database, one line per case."""

import pytest

from moderation.warnings.texts import has_mail_address, has_phone, hosts_in, is_shouted, private_name


@pytest.mark.parametrize(
    "text",
    [
        "Call +48 600 123 456",
        "+380 67 123 45 67",
        "+380671234567",
        "Signal: +49 (0)30 1234567",
        "0049 30 1234567",
        "tel. +33-1-42-34-56-78.",
        "(+32) 2 123 45 67",
        "+1 (555) 123-4567",
        "+358401234567",
        "Ring 0171 1234567 before noon",
        "030/12345678",
        "Tel.: 030 / 123 456 78",
        "0664 1234567",
        "067 123 45 67",
        "(067) 123-45-67",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12345678",
        "02 123 45 67",
        "040 123 4567",
        "0401234567",
        "020 7946 0958",
        "600 123 456",
        "600-123-456",
        "22 123 45 67",
        "(22) 123 45 67",
        "600123456",
        "(555) 123-4567",
        "On 11.10.2027 at 14:00 call 0171 1234567",
    ],
)
def test_phone_numbers_are_seen(text):
    assert has_phone(text)


@pytest.mark.parametrize(
    "text",
    [
        "11.10.2027",
        "11.10.2027 14:00-16:00",
        "2027-10-11",
        "2027-10-11 14:00 – 2027-10-13 16:00",
        "11/10/2027",
        "11-13.10.2027",
        "from 09.10. to 13.10. every day",
        "10.00-12.00",
        "8h30, 10h45 and 14h00",
        "00-375 Warszawa",
        "Plac Zamkowy 4, 00-277 Warszawa",
        "01067 Dresden",
        "02 000 Kyiv region, 01001 Kyiv",
        "1012 AB Amsterdam",
        "Hernalser Gürtel 6-12, 1080 Wien",
        "between 2002 and 2027, 2002-2027",
        "281 000 000 people",
        "1 700 000 inhabitants",
        "over 100,000,000 euros",
        "Directive 2008/115/EC and Regulation 604/2013",
        "§ 14 VersammlG, par. 12",
        "52.22980, 21.01180",
        "50.4547, 30.5238",
        "IBAN DE89 3704 0044 0532 0130 00",
        "PL61 1090 1014 0000 0712 1981 2874",
        "https://example.org/post/0171123456789",
        "www.example.org/2027/10/11/600123456",
        "Bus 112, tram 18 and 24",
        "3 demands, 12 groups, 40 cities",
        "room 0.15",
        "mail4600123456@example.org",
    ],
)
def test_other_numbers_are_no_phone_numbers(text):
    assert not has_phone(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Write to anna@example.org.", True),
        ("anna.k+day@mail.example.org", True),
        ("anna (at) example.org", True),
        ("anna[at]example.org", True),
        ("Find us: @borders@social.example", False),
        ("Meet at example.org", False),
        ("https://social.example/@borders", False),
        ("14:00 @ Plac Zamkowy", False),
    ],
)
def test_mail_addresses(text, is_one):
    assert has_mail_address(text) == is_one


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ansprechpartnerin: Anna Beispiel, ab 10 Uhr", "Anna Beispiel"),
        ("V.i.S.d.P.: Max Muster", "Max Muster"),
        ("Kontakt: Jan Kowalski", "Jan Kowalski"),
        ("Osoba kontaktowa – Żaneta Łąka", "Żaneta Łąka"),
        ("Контактна особа: Олена Приклад", "Олена Приклад"),
        ("Yhteyshenkilö Matti Meikäläinen", "Matti Meikäläinen"),
        ("Personne à contacter : Marie Exemple", "Marie Exemple"),
        ("Ask for Jane Doe at the gate.", "Jane Doe"),
        ("contact: Jane Doe", "Jane Doe"),
        ("You can contact Amnesty International for this", ""),
        ("Contact us by mail", ""),
        ("Kontakt: ueber unsere Seite", ""),
        ("Rosa Luxemburg stood here", ""),
    ],
)
def test_private_names_behind_words_that_announce_them(text, name):
    assert private_name(text) == name


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("See https://www.bit.ly/x and http://example.org.", ["bit.ly", "example.org"]),
        ("tinyurl.com/abc", ["tinyurl.com"]),
        ("www.example.org", ["example.org"]),
        ("At 14.30 at the square", []),
        ("http://[broken", []),
    ],
)
def test_hosts_of_links(text, hosts):
    assert hosts_in(text) == hosts


@pytest.mark.parametrize(
    ("title", "is_loud"),
    [
        ("NO BORDERS NOW", True),
        ("ЗА СВОБОДУ ПЕРЕСУВАННЯ", True),
        ("NO IOM", False),
        ("March to the IOM", False),
        ("لا حدود لا أمم", False),
        ("", False),
    ],
)
def test_titles_in_capitals(title, is_loud):
    assert is_shouted(title) == is_loud
