"""What a vocabulary is, and the words for yes and no. May import the standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

TRUE_ABROAD = (
    "ja wahr an aktiv aktiviert oui vrai actif activé o si sí s verdadero activo activado sim verdadeiro ativo ativado "
    "vero attivo attivato waar aan actief ingeschakeld j enabled active checked x ✓ ✔ t ssl tls ssl/tls starttls"
)
FALSE_ABROAD = (
    "nein falsch aus inaktiv deaktiviert non faux inactif désactivé no falso inactivo desactivado não nao inativo "
    "desativado disattivo disattivato inattivo nee onwaar uit inactief uitgeschakeld disabled inactive unchecked - ✗ ✘ "
    "none keine aucun f suspended locked gesperrt suspendu suspendido suspenso sospeso opgeschort"
)
"""Yes and no in German, French, Spanish, Portuguese, Italian and Dutch, and as programs write them; lower case."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a header says that means a field.

    Attributes:
        says: The ideas that it must have.
        may_say: Ideas that it may have as well.
        share: How sure a header is that says no more than that, from 0 to 1.
    """

    says: frozenset[str]
    may_say: frozenset[str] = frozenset()
    share: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The words for an endpoint's fields and values.

    Attributes:
        ideas: Word, or words with a blank between, to the idea behind it; lower case, without accents.
        wordings: Field to the ways in which a header can mean it.
        values: Field to the values that other systems write, lower case, and what each is here.
        pairs: Field to its counterpart: a name that may mean either means the one if the other has a column of its own.
        hints: An idea to what a value begins with, or is, that has it.
    """

    ideas: Mapping[str, str] = field(default_factory=dict)
    wordings: Mapping[str, tuple[Wording, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pairs: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def turned(listed: Mapping[str, str]) -> dict[str, str]:
    """Each word with what it means, from what is meant with its words, told apart by commas."""
    return {word: meant for meant, words in listed.items() for word in words.split(",")}


def wording(says: str, may_say: str = "", share: float = 1.0) -> Wording:
    """A wording from ideas with blanks between."""
    return Wording(says=frozenset(says.split()), may_say=frozenset(may_say.split()), share=share)
