"""How much waits for moderators in all, whoever they are: for those who watch the site."""

from events.models import AfterReport, Report, Revision, SignOn, Thread


def counts() -> dict[str, int]:
    """What waits, by kind: numbers alone."""
    submissions = Revision.objects.pending()
    return {
        "submissions": submissions.in_queue().count(),
        "quarantined submissions": submissions.exclude(quarantine="").count(),
        "reports": Report.objects.open().count(),
        "reports of danger": Report.objects.open().filter(reason=Report.Reason.DANGER).count(),
        "after-reports": AfterReport.objects.pending().count(),
        "sign-ons": SignOn.objects.pending().count(),
        "letters to the campaign": Thread.objects.to_campaign().waiting().count(),
    }
