"""The rules that come with the site, and what stays of an edit."""

import html
import json
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from events import country_rules
from events.models import CountryRule, CountryRuleChange, SiteStamp
from tests.factories import CampaignCountryFactory

pytestmark = pytest.mark.django_db

ROWS = json.loads(country_rules.FILE.read_text("utf-8"))["rules"]


def written(tmp_path, **changed):
    """A file of one row: Poland's, with *changed*."""
    row = next(row for row in ROWS if row["country"] == "PL")
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"rules": [{**row, **changed}]}))
    return path


def test_every_field_of_the_file_is_loaded():
    call_command("load_country_rules")
    rules = CountryRule.objects.by_country([row["country"] for row in ROWS])
    for row in ROWS:
        rule = rules[row["country"]]
        for name in ("duty", "source", "confidence", "default_disclosure", "anchor"):
            assert getattr(rule, name) == row[name], row["country"]
        assert rule.checked_on.isoformat() == row["checked_on"]
        assert (rule.lead, rule.unit or None) == (row["lead"], row["unit"])
        assert rule.remarks == (row["remarks"] or "")
        assert rule.authority == row["authority"]
        assert rule.earliest_days == row.get("earliest_days")
        assert rule.march_only == row.get("march_only", False)
    poland, austria = rules["PL"], rules["AT"]
    assert (poland.simplified_lead, poland.simplified_unit) == (2, "days")
    assert (poland.simplified_to, poland.simplified_condition) == ("commune crisis centre", "no hindrance to traffic")
    assert (austria.street_lead, austria.street_unit, austria.street_confidence) == (3, "days", "medium")
    assert CountryRuleChange.objects.count() == 0


def test_a_second_time_changes_nothing():
    assert country_rules.load() == country_rules.Loaded(len(ROWS), 0)
    before = SiteStamp.objects.current()
    assert country_rules.load() == country_rules.Loaded(0, 0)
    assert SiteStamp.objects.current() == before


def test_a_corrected_file_is_loaded_and_the_old_values_are_kept(tmp_path):
    country_rules.load()
    before = SiteStamp.objects.current()
    assert country_rules.load(written(tmp_path, lead=7)).written == 1
    change = CountryRuleChange.objects.get()
    assert (change.country, change.actor_id, change.before["lead"]) == ("PL", None, 6)
    assert CountryRule.objects.get(country="PL").lead == 7
    assert SiteStamp.objects.current() > before


def test_what_was_edited_here_stays_unless_it_is_to_be_overwritten(tmp_path):
    country_rules.load()
    CountryRule.objects.filter(country="PL").update(lead=9, edited_at=timezone.now(), editor_id=uuid.uuid4())
    assert country_rules.load() == country_rules.Loaded(0, 1)
    assert CountryRule.objects.get(country="PL").lead == 9
    call_command("load_country_rules", overwrite=True)
    rule = CountryRule.objects.get(country="PL")
    assert (rule.lead, rule.edited_at, rule.editor_id) == (6, None, None)
    assert CountryRuleChange.objects.get().before["lead"] == 9


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"lead": "soon"}, "PL"),
        ({"lead": 0}, "PL"),
        ({"unit": None}, "PL"),
        ({"unit": "weeks"}, "PL"),
        ({"source": ""}, "PL"),
        ({"checked_on": "2026-02-30"}, "PL"),
        ({"confidence": "total"}, "PL"),
        ({"country": "XX"}, "XX"),
        ({"duty": "maybe"}, "PL"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_loaded(tmp_path, changed, said):
    with pytest.raises(CommandError, match=f"Nothing was loaded.\n{said}"):
        call_command("load_country_rules", written(tmp_path, **changed))
    assert not CountryRule.objects.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rules": [1]}', '{"rules": [{"country": "PL"}]}', "\udcff"])
def test_a_broken_file_is_said_so(tmp_path, text):
    path = tmp_path / "rules.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_country_rules", path)
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_country_rules", tmp_path / "not there")


def test_the_history_is_never_rewritten(tmp_path):
    country_rules.load()
    country_rules.load(written(tmp_path, lead=7))
    change = CountryRuleChange.objects.get()
    change.before = {}
    for rewrite in (change.save, change.delete, CountryRuleChange.objects.all().delete):
        with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
            rewrite()
    assert CountryRuleChange.objects.get().before["lead"] == 6


class TestPages:
    RULES = "/{}/countries/{}/rules/"

    def read(self, client, country, language="en"):
        return client.get(self.RULES.format(language, country)).content.decode()

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row["country"])
    def test_a_rule_never_stands_without_source_day_and_confidence(self, client, row):
        country_rules.load()
        for path in (self.RULES, "/{}/countries/{}/"):
            text = html.unescape(client.get(path.format("en", row["country"].lower())).content.decode())
            assert row["source"] in text
            assert "24 November 2026" in text
            assert f"{row['confidence']}: " in text
            assert "This is not legal advice: ask a local lawyer." in text
            assert row["authority"] in text

    def test_data_in_english_is_marked_as_such(self, client):
        country_rules.load()
        assert '<dd lang="en"><bdi>commune office (organ gminy)</bdi></dd>' in self.read(client, "pl", "de")

    def test_where_nothing_is_known_it_says_so_and_nothing_more(self, client):
        text = self.read(client, "jp")
        assert "Nothing checked is known here yet." in text
        assert "That does not mean that there is no duty." in text
        assert "This is not legal advice: ask a local lawyer." in text
        assert client.get(self.RULES.format("en", "xx")).status_code == 404

    def test_can_be_cached_until_a_rule_changes(self, client, tmp_path):
        country_rules.load()
        path = self.RULES.format("en", "pl")
        first = client.get(path)
        assert not first.cookies
        again = client.get(path, headers={"if-none-match": first["ETag"]})
        assert again.status_code == 304
        country_rules.load(written(tmp_path, lead=7))
        assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 200

    def test_stand_in_the_sitemap_where_a_rule_is_known(self, client):
        CampaignCountryFactory(country="PL")
        CampaignCountryFactory(country="IT")
        country_rules.load()
        text = client.get("/sitemap-pages.xml").content.decode()
        assert "/en/countries/pl/rules/" in text
        assert "/countries/it/rules/" not in text
