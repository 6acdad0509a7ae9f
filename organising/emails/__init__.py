"""The letters of this room."""

from organising.emails import after_report, announcement, legal, letters, people, shifts, still_on, support


def register_letters() -> None:
    after_report.register_letters()
    announcement.register_letters()
    letters.register_letters()
    still_on.register_letters()
    shifts.register_letters()
    legal.register_letters()
    people.register_letters()
    support.register_letters()
