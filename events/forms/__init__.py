from events.forms.initial import initial_from, initial_from_answers, initial_from_query
from events.forms.protest import ProtestForm, named_in
from events.forms.registration import RegistrationForm

__all__ = [
    "ProtestForm",
    "RegistrationForm",
    "initial_from",
    "initial_from_answers",
    "initial_from_query",
    "named_in",
]
