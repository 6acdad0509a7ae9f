from events.models.archive import ArchiveRecord
from events.models.campaign import Campaign, CampaignCountry, CampaignText
from events.models.details import AccessFeature, Audience, EventDetails, Kind, Place
from events.models.event import Event, Revision
from events.models.gazetteer import City, CityName
from events.models.people import Coordinator, Organiser
from events.models.picture import Picture, PictureFile
from events.models.prints import Print
from events.models.registration import Registration
from events.models.sign_on import SignOn
from events.models.stamp import SiteStamp
from events.models.tally import LanguageTally, PlaceTally
from events.models.thread import Message, Thread
from events.models.trail import Decision, DecisionReason, EventChange

__all__ = [
    "AccessFeature",
    "ArchiveRecord",
    "Audience",
    "Campaign",
    "CampaignCountry",
    "CampaignText",
    "City",
    "CityName",
    "Coordinator",
    "Decision",
    "DecisionReason",
    "Event",
    "EventChange",
    "EventDetails",
    "Kind",
    "LanguageTally",
    "Message",
    "Organiser",
    "Picture",
    "PictureFile",
    "Place",
    "PlaceTally",
    "Print",
    "Registration",
    "Revision",
    "SignOn",
    "SiteStamp",
    "Thread",
]
