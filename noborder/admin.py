"""Pages of /admin/ that are no tables."""

from django.contrib import admin

from accounts.admin_site import GuardedAdminSite, Page
from moderation.views.post_office import PERMISSION, post_office, rehearsal

site: GuardedAdminSite = admin.site  # type: ignore[assignment] # a lazy proxy of it
site.add_page(Page("post-office/", "post_office", "Post office: what waits, leaves and fails", PERMISSION, post_office))
site.add_page(Page("rehearsal/", "rehearsal", "Rehearsal: which reminders are due when", PERMISSION, rehearsal))
