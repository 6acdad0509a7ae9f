"""What planning costs beside writing the same rows without a thought."""

from functools import partial

from django.utils import timezone

from noborder.bench import example, outbox_rows
from noborder.bench.figures import Row, Table, in_seconds, timed
from reminders.planning import plan


def measure(*, followers: int, protests: int, of_places: bool, runs: int) -> Table:
    """The first planning of everybody's mails, and the next one, which finds nothing to do."""
    events = example.start_anew(protests=protests)
    example.follow(events, followers=followers, of_places=of_places)
    plain, first, idle = Row("plain INSERT of as many rows"), Row("planning"), Row("planning again, nothing to do")
    planned = 0
    for _run in range(runs):
        outbox_rows.clear()
        seconds, planned = timed(partial(plan, timezone.now()))
        first.seconds.append(seconds)
        idle.seconds.append(timed(partial(plan, timezone.now()))[0])
        outbox_rows.clear()
        insert = partial(outbox_rows.fill, planned, letter=outbox_rows.FIXED, state="queued")
        plain.seconds.append(timed(insert)[0])
    who = "half of them of places" if of_places else "of protests"
    title = f"Planning: {followers:,} subscriptions ({who}), {protests:,} protests, {planned:,} mails"
    return Table(title, {"seconds": in_seconds}, [plain, first, idle])
