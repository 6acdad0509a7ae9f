"""What only organisers, moderators and helpers read."""

from organising.models.announcement import Announcement
from organising.models.day_sheet import DaySheet
from organising.models.draft import Draft, Import, ImportedRow
from organising.models.invitation import Invitation
from organising.models.legal import LegalRecord, NoticeDeadline
from organising.models.shifts import HelpersTold, Shift, ShiftSignUp

__all__ = [
    "Announcement",
    "DaySheet",
    "Draft",
    "HelpersTold",
    "Import",
    "ImportedRow",
    "Invitation",
    "LegalRecord",
    "NoticeDeadline",
    "Shift",
    "ShiftSignUp",
]
