"""Organisations that no table knows, coded by their names: "Ministry of Mines", "X Self-Defence Forces", "Times of X"."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Span

from worker.extraction.actors.affiliation import Affiliation
from worker.extraction.entities import Figure
from worker.model import EntityType
from worker.ontology import Code, data, lexicon
from worker.ontology.agents import normal

# Sectors whose bodies every country has: a "Supreme Court" without a country is the article's own.
OFFICIAL = frozenset({"GOV", "MIL", "COP", "LEG", "JUD", "SPY"})
# Behind these stands what a body is for or where it is, not what it is.
LINKS = frozenset({"of", "for", "in", "on", "to", "at", "against"})
# The endings of names by sector, longest first; what they mean in a name they need not mean in a sentence ("Globe").
ENDINGS = {normal(phrase): sector for sector, row in data("roles").items() for phrase in row.get("names", ())}
# Smaller towns bear the names of people and things.
CITY = 200_000
# "Kano State" is a place.
LANDS = lexicon("nouns")["lands"]
LONGEST = max(len(phrase.split()) for phrase in ENDINGS)
EVERYWHERE = frozenset({"international", "global", "world", "intergovernmental", "united"})


def give_code(figure: Figure, told: Affiliation) -> None:
    """Code an organisation by its words: the sector by what it is called, the country by what stands in or beside it."""
    span = figure.mentions[0][0]
    sector = sector_of(span, told)
    if figure.code is not None:
        # "IGO" and "MNC" say nothing of what a body does: "International Court of Justice".
        figure.role = sector if figure.code.country is None and sector in OFFICIAL else None
    elif known := _known(span, sector, told):
        figure.code = known
    elif country := _country(span, told):
        # A country's bank in its own name is its central bank: "Bank of Ghana".
        central = sector == "BUS" and span.text.startswith("Bank of ")
        figure.code = Code(f"{country} {'GOV' if central else sector}" if sector else country)
    elif sector:
        figure.role = sector
        figure.everywhere = sector in OFFICIAL and not EVERYWHERE & {t.lower_ for t in span}
        figure.code = _unnamed(span, sector, told, everywhere=figure.everywhere)


def _unnamed(span: Span, sector: str, told: Affiliation, *, everywhere: bool) -> Code | None:
    """The code by what stands beside the name; of a body that every country has, else by the article's own country."""
    if everywhere:
        return told.nominal_code(span.root, sector) or (Code(f"{told.home} {sector}") if told.home else None)
    owner = told.owner(span.root)
    return Code(f"{owner.country} {sector}") if owner and owner.country else None


def _known(span: Span, sector: str | None, told: Affiliation) -> Code | None:
    """The code of a name of the lexicon that this one begins with, unless its end says another sector."""
    if span.text.isupper() and len(span) > 1:
        # Headlines in capitals.
        term = told.ontology.terms.get(span.text.title())
        return term.code if term and term.type is EntityType.ORG else None
    for end in range(len(span) - 1, 0, -1):
        term = told.ontology.terms.get(span[:end].text)
        if term and term.type is EntityType.ORG and term.code:
            return term.code if term.code.sector and sector in {None, term.code.sector} else None
    return None


def sector_of(span: Span, told: Affiliation) -> str | None:
    """The sector that a name tells: by its ending, else by the noun that heads it, else by its last word."""
    words = normal(_without_land(span, told).text).split()
    cut = next((i for i, word in enumerate(words) if word in LINKS and i), len(words))
    for part in (words[:cut], words):
        for length in range(min(LONGEST, len(part)), 0, -1):
            if found := ENDINGS.get(" ".join(part[-length:])):
                return found
        for head in dict.fromkeys((_singular(part[-1]), part[-1])):
            found = told.lexicon.sector([*part[:-1], head])
            if found and found != "UNK" and head not in LANDS:
                return found
    return None


def _without_land(span: Span, told: Affiliation) -> Span:
    """The name without the division of a state that it ends with: "Police Federation Northern Ireland"."""
    for start in range(max(len(span) - 3, 1), len(span) - 1):
        if any(site.kind == "division" for site in told.gazetteer.sites(span[start:].text)):
            return span[:start]
    return span


def _singular(word: str) -> str:
    return word[:-3] + "y" if word.endswith("ies") else word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _country(span: Span, told: Affiliation) -> str | None:
    """The country that words of the name mean: an adjective or a state of the lexicon first, then a city or a region."""
    terms = (told.ontology.terms.get(phrase) for phrase in _phrases(span))
    known = next((t.country for t in terms if t and t.country and t.type is not EntityType.ORG), None)
    sites = (told.sites.get(token.idx) for token in span)
    return known or next((site.country for site in sites if site and site.country), None) or _seat(span, told)


def _seat(span: Span, told: Affiliation) -> str | None:
    """The country of the division that it ends with, else of the place that it begins with: "Kumasi Fishmongers' Union"."""
    land = span[len(_without_land(span, told)) :]
    if len(land) and (country := next((s.country for s in told.gazetteer.sites(land.text) if s.kind == "division"), None)):
        return country
    for end in range(min(len(span) - 1, 3), 0, -1):
        sites = [s for s in told.gazetteer.sites(span[:end].text) if s.country and not s.nickname]
        largest = max(sites, key=lambda site: site.population, default=None)
        if largest and (end > 1 or largest.population >= CITY):
            return largest.country
    return None


def _phrases(span: Span) -> Iterator[str]:
    """Runs of one to three capitalised words inside a name, longer ones first."""
    words = [t.text if t.text[:1].isupper() else None for t in span]
    for length in (3, 2, 1):
        for i in range(len(words) - length + 1):
            run = words[i : i + length]
            if length < len(words) and all(run):
                yield " ".join(w for w in run if w)
