from events.models.after_report import AfterReport, HowCounted, ReportPicture
from events.models.archive import ArchiveRecord
from events.models.blocklist import BlockedTerm
from events.models.campaign import Campaign, CampaignCountry, CampaignText
from events.models.collective import Collective, EventSupport, Membership
from events.models.country_rule import CountryRule, CountryRuleChange
from events.models.details import AccessFeature, Audience, EventDetails, Kind, Place
from events.models.event import Event, Revision
from events.models.gazetteer import City, CityName
from events.models.people import Coordinator, Organiser, Trust
from events.models.picture import Picture, PictureFile
from events.models.prints import Print
from events.models.registration import Registration
from events.models.report import Report
from events.models.rights_card import RightsCard, RightsCardVersion
from events.models.sign_on import SignOn
from events.models.stamp import SiteStamp
from events.models.tally import LanguageTally, PlaceTally
from events.models.thread import BlockedSender, Message, Thread
from events.models.trail import Decision, DecisionReason, EventChange, EventMessage

__all__ = [
    "AccessFeature",
    "AfterReport",
    "ArchiveRecord",
    "Audience",
    "BlockedSender",
    "BlockedTerm",
    "Campaign",
    "CampaignCountry",
    "CampaignText",
    "City",
    "CityName",
    "Collective",
    "Coordinator",
    "CountryRule",
    "CountryRuleChange",
    "Decision",
    "DecisionReason",
    "Event",
    "EventChange",
    "EventDetails",
    "EventMessage",
    "EventSupport",
    "HowCounted",
    "Kind",
    "LanguageTally",
    "Membership",
    "Message",
    "Organiser",
    "Picture",
    "PictureFile",
    "Place",
    "PlaceTally",
    "Print",
    "Registration",
    "Report",
    "ReportPicture",
    "Revision",
    "RightsCard",
    "RightsCardVersion",
    "SignOn",
    "SiteStamp",
    "Thread",
    "Trust",
]
