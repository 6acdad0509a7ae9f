"""Ready-made reasons: offered under a title that the moderator reads, in the language of those who get the words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from events.models import Decision, Event, Revision
from moderation.models import ReasonTemplate

FALLBACK = "en"


@dataclass(frozen=True)
class Ready:
    pk: int
    title: str
    text: str


@dataclass(frozen=True)
class Group:
    """What is offered for one verb, and the language it goes out in."""

    verb: Decision.Verb
    language: str
    reasons: list[Ready]


def ready_for(verbs: Sequence[Decision.Verb], *, organisers: str, reader: str) -> list[Group]:
    """The reasons for *verbs* in the language of the *organisers*, in English where it lacks them; titled in the
    *reader's* language."""
    translations: dict[tuple[str, str], dict[str, ReasonTemplate]] = {}
    for template in ReasonTemplate.objects.filter(verb__in=verbs, language__in={organisers, reader, FALLBACK}):
        translations.setdefault((template.verb, template.name), {})[template.language] = template
    groups: dict[tuple[Decision.Verb, str], list[Ready]] = {}
    for (verb, _name), texts in translations.items():
        said = texts.get(organisers) or texts.get(FALLBACK)
        if said:
            titled = texts.get(reader) or texts.get(FALLBACK) or said
            key = (Decision.Verb(verb), said.language)
            groups.setdefault(key, []).append(Ready(said.pk, titled.title, said.text))
    ordered = sorted(groups, key=lambda key: (verbs.index(key[0]), key[1] != organisers))
    return [Group(*key, groups[key]) for key in ordered]


def language_of_author(revision: Revision) -> str:
    return revision.author.language if revision.author else FALLBACK


def language_of_organisers(event: Event) -> str:
    """That of the first of them: words cannot be in more than one."""
    first = event.organisers.running().select_related("user").order_by("pk").first()
    return first.user.language if first else FALLBACK


def filled(chosen: str, typed: str) -> str:
    """The text of the *chosen* template in front of what was typed, which stays as it is."""
    template = ReasonTemplate.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
    return "\n\n".join(part for part in (template.text if template else "", typed) if part)


def load(path: Path) -> int:
    """Add the texts in *path* that lack; what is there stays as admins made it. How many were added."""
    before = ReasonTemplate.objects.count()
    ReasonTemplate.objects.bulk_create(
        [
            ReasonTemplate(
                verb=reason["verb"],
                name=reason["name"],
                position=position * 10,
                language=language,
                title=words["title"],
                text=words["text"],
            )
            for position, reason in enumerate(json.loads(path.read_text("utf-8")), start=1)
            for language, words in reason["words"].items()
        ],
        ignore_conflicts=True,
    )
    return ReasonTemplate.objects.count() - before
