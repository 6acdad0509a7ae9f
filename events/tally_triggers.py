"""What keeps the tallies (events/models/tally.py): triggers that add up each statement's protests, old and new."""

from django.db.migrations import RunSQL

_ADDED = "SELECT 1 AS sign, * FROM after"
_TAKEN = "SELECT -1 AS sign, * FROM before"
_CHANGED = {
    "insert": ("NEW TABLE AS after", _ADDED),
    "update": ("OLD TABLE AS before NEW TABLE AS after", f"{_TAKEN} UNION ALL {_ADDED}"),
    "delete": ("OLD TABLE AS before", _TAKEN),
}

# Always in the same order, so that two transactions never wait for each other. The rows that came to nothing are
# deleted: nobody else sees them, as theirs are locked until we commit.
_FUNCTION = """
CREATE FUNCTION keep_tallies_on_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events_placetally AS tally (campaign_id, country, city_id, day, count)
        SELECT campaign_id, country, city_id, day, sum(sign)
        FROM ({changed}) AS protest WHERE state = 'published'
        GROUP BY campaign_id, country, city_id, day HAVING sum(sign) <> 0
        ORDER BY campaign_id, country, city_id, day
        ON CONFLICT (campaign_id, country, city_id, day) DO UPDATE SET count = tally.count + excluded.count;
    IF FOUND THEN
        DELETE FROM events_placetally WHERE count = 0;
    END IF;
    INSERT INTO events_languagetally AS tally (campaign_id, language, count)
        SELECT campaign_id, spoken, sum(sign)
        FROM ({changed}) AS protest, unnest(spoken_languages) AS spoken WHERE state = 'published'
        GROUP BY campaign_id, spoken HAVING sum(sign) <> 0
        ORDER BY campaign_id, spoken
        ON CONFLICT (campaign_id, language) DO UPDATE SET count = tally.count + excluded.count;
    IF FOUND THEN
        DELETE FROM events_languagetally WHERE count = 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tallies_on_{event} AFTER {event} ON events_event
    REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION keep_tallies_on_{event}();
"""


def keep_tallies() -> RunSQL:
    """A migration operation that makes the triggers, for each kind of statement its own."""
    return RunSQL(
        sql="".join(
            _FUNCTION.format(event=event, tables=tables, changed=changed)
            for event, (tables, changed) in _CHANGED.items()
        ),
        reverse_sql="".join(
            f"DROP TRIGGER tallies_on_{event} ON events_event; DROP FUNCTION keep_tallies_on_{event}();"
            for event in _CHANGED
        ),
    )
