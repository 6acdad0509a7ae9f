"""`manage.py rehearse`: which reminders and digests are due when, before they are."""

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from events.models import Campaign
from outbox import meter
from reminders.rehearsal import ASSUMED_RATE, Rehearsal, days_of, rehearse


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if not 0 < rate < 1_000_000:
        raise ArgumentTypeError("must be a number of mails a second, for example 25")
    return rate


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("must look like 2027-10-11 or 2027-10-11T08:00") from None


class Command(BaseCommand):
    help = (
        "Lists the reminders and digests that are due on the days around a campaign, by hour and country, and warns "
        "where the queue would not be worked off in time. Reads only; nothing is planned or sent."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--campaign", help="slug of the campaign; the current one if left out")
        parser.add_argument("--from", dest="begin", type=_moment, help="first moment, in the campaign's time")
        parser.add_argument("--to", dest="end", type=_moment, help="last moment, in the campaign's time")
        parser.add_argument("--rate", type=_rate, help="mails a second; the best rate measured if left out")

    def handle(self, *, campaign: str | None, rate: float | None, **options: Any) -> None:
        now, chosen = timezone.now(), _campaign(campaign)
        zone = ZoneInfo(chosen.timezone)
        begin, end = days_of(chosen)
        begin = options["begin"].replace(tzinfo=zone) if options["begin"] else begin
        end = options["end"].replace(tzinfo=zone) if options["end"] else end
        if begin >= end:
            raise CommandError("--to must be later than --from.")
        measured = meter.fastest(now)
        rehearsal = rehearse(now, begin, end, rate=rate or measured or ASSUMED_RATE)
        self._write(rehearsal, zone, said="given" if rate else "measured" if measured else "assumed, none was measured")

    def _write(self, rehearsal: Rehearsal, zone: ZoneInfo, *, said: str) -> None:
        self.stdout.write(f"From {_shown(rehearsal.begin, zone)} to {_shown(rehearsal.end, zone)}, {zone.key}\n\n")
        for start, total, hours in rehearsal.by_hour:
            self.stdout.write(f"{_shown(start, zone)}  {total:>9,} mails")
            for hour in hours:
                kinds = ", ".join(f"{kind} {number:,}" for kind, number in hour.counts.items())
                self.stdout.write(f"    {hour.country or 'all':<4} {hour.total:>9,}  {kinds}")
        self.stdout.write(f"\n{rehearsal.total:,} mails, {rehearsal.busiest:,} in the busiest hour.")
        self.stdout.write(f"Rate: {rehearsal.rate:,.1f} mails a second ({said}).")
        for jam in rehearsal.jams:
            self.stderr.write(
                self.style.WARNING(
                    f"Warning: what is due at {_shown(jam.at, zone)} is sent by {_shown(jam.until, zone)} only, "
                    f"{jam.delay.total_seconds() / 60:,.0f} minutes late ({jam.waiting:,} mails wait)."
                )
            )
        if not rehearsal.jams:
            self.stdout.write("All of it leaves in time.")


def _campaign(slug: str | None) -> Campaign:
    found = Campaign.objects.filter(slug=slug).first() if slug else Campaign.objects.current()
    if found is None:
        raise CommandError(f"There is no campaign {slug}." if slug else "There is no current campaign.")
    return found


def _shown(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}"
