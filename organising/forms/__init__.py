from organising.forms.after_report import AfterReportForm, report_initial
from organising.forms.changing import CancelForm, EditForm, ScheduleForm
from organising.forms.day_sheet import DaySheetForm
from organising.forms.drafts import DraftForm, ImportForm
from organising.forms.shifts import HelpForm, ShiftForm

__all__ = [
    "AfterReportForm",
    "CancelForm",
    "DaySheetForm",
    "DraftForm",
    "EditForm",
    "HelpForm",
    "ImportForm",
    "ScheduleForm",
    "ShiftForm",
    "report_initial",
]
