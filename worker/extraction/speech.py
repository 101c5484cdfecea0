"""Reported speech and thought by grammar: the cue, who it is ascribed to, and all the words that it reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from spacy.strings import get_string_id
from spacy.tokens import Doc, Token

from worker.extraction.grammar import is_passive, is_stacked, members, possessors, sentence, surface_subject
from worker.model import Span
from worker.ontology import lexicon

WORDS = lexicon("speech")
# Lists of a word and its preposition.
ABOUT = ("prepositional", "noun_about", "adjective_about")
# Lists of other kinds of words, which make no cue by themselves.
OTHER = ("manner", "document", "reported", "attitude", "deed", "known", "claim", "intent", "against", "addressed", "verdict")
CUES = {get_string_id(w): w for key, words in WORDS.items() if key not in {*ABOUT, *OTHER} for w in words}
CUES |= {get_string_id(w.split()[0]): w.split()[0] for key in ABOUT for w in WORDS[key]}
CUES |= {get_string_id(w): w for w in ("accord", "put")}
FREE = WORDS["clause"] | WORDS["object"]
# Prepositions of an object's complement: "described it as", "accused him of", "blamed them for".
COMPLEMENT = frozenset({"as", "of", "for", "against", "to", "about", "over", "with", "from", "into", "by"})
RELATIVE = frozenset({"WDT", "WP", "WP$", "WRB", "TO"})
SAID_OF = frozenset({"as", "of", "for"})
SUBJECTS = frozenset({"nsubj", "nsubjpass"})
DASHES = frozenset({"-", "–", "—", "--"})
PAUSES = DASHES | {","}
NOMINAL = frozenset({"NOUN", "PROPN", "PRON"})
CLAUSES = frozenset({"relcl", "acl", "ccomp", "advcl", "parataxis"})
MARKS = frozenset({"“", "”", '"', "''", "``", "«", "»"})
# A dateline of place, date and agency is not longer than this many tokens.
DATELINE = 15
# A name with office and apposition is shorter than this many tokens on either side; longer is a wrong parse.
PHRASE = 25


@dataclass(frozen=True)
class Statement:
    """What is reported: tokens from `start` to before `end`."""

    doc: Doc
    start: int
    end: int
    cue: Token
    source: Token | None
    frame: str = ""


def find(doc: Doc) -> list[Statement]:
    """All reported speech, in the order of the cues."""
    lemmas = doc.to_array("LEMMA").tolist()
    found = []
    for i, lemma in enumerate(lemmas):
        word = CUES.get(lemma)
        if word is not None:
            found += list(_read(doc[i], word))
    return [s for s in found if s.end - s.start > 0]


def _read(token: Token, word: str) -> Iterator[Statement]:
    if token.pos_ == "VERB":
        if not is_stacked(token):
            yield from _verb(token, word)
    elif token.pos_ == "NOUN":
        yield from _noun(token, word)
    elif token.pos_ == "ADJ":
        yield from _adjective(token, word)


def _verb(verb: Token, word: str) -> Iterator[Statement]:
    if word == "accord":
        yield from _according(verb)
        return
    children = list(verb.children)
    for frame, reader in READERS.items():
        if span := reader(verb, word, children):
            yield Statement(verb.doc, *_until_next(verb.doc, *span, verb), verb, speaker(verb), frame)
            return


def _behind_dateline(doc: Doc, start: int, end: int) -> int:
    """The token behind "CAIRO, May 3 (Agency) -", which the parser takes for the beginning of the sentence."""
    for i in range(start + 1, min(start + DATELINE, end)):
        if doc[i].text in DASHES and (doc[i - 1].text == ")" or doc[start].is_upper):
            return i + 1
    return start


def _until_next(doc: Doc, start: int, end: int, verb: Token) -> tuple[int, int]:
    """A report ends before the next cue of the same speaker: "welcomed the plan, adding that ..."."""
    for i in range(max(start, verb.i) + 1, end):
        if _goes_on(doc[i], start) or _teller(doc[i]) == verb:
            return trimmed(doc, start, i)
        if doc[i].tag_ == "VBG" and doc[i - 1].text == "," and CUES.get(doc[i].lemma) in FREE:
            return trimmed(doc, start, i)
    return trimmed(doc, start, end)


def _goes_on(token: Token, start: int) -> bool:
    """What a finite verb behind an infinitive tells is no part of it: "urged them to wait and offered help"."""
    head = token.head
    if token.dep_ != "conj" or token.tag_ not in {"VBD", "VBZ"} or head.tag_ != "VB" or head.i < start or not _to(head):
        return False
    return not any(c.dep_ in SUBJECTS for c in token.children)


def _teller(token: Token) -> Token | None:
    """The cue whose speaker goes on with another verb of saying in its tense: "said it was late but added ..."."""
    if token.dep_ != "conj" or token.lemma_ in WORDS["thought"] or CUES.get(token.lemma) not in FREE:
        return None
    head = token.head
    while head.dep_ == "conj" and head.pos_ in {"VERB", "AUX"}:
        head = head.head
    outer = head.head
    if head.dep_ != "ccomp" or outer.i > head.i or outer.tag_ != token.tag_ or CUES.get(outer.lemma) not in FREE:
        return None
    return None if any(c.dep_ in SUBJECTS for c in token.children) else outer


def speaker(verb: Token) -> Token | None:
    """Who says it: the subject, for a passive the by-phrase, else the noun phrase that stands where a subject does."""
    if (outer := _teller(verb)) is not None:
        return speaker(outer)
    if is_passive(verb):
        agents = (p for c in verb.children if c.dep_ == "agent" for p in c.children if p.dep_ == "pobj")
        return next(agents, None)
    loose = verb.tag_ == "VBG" and verb.dep_ == "acl" and verb.i > 0 and verb.nbor(-1).text == ","
    found = (None if loose else next(iter(surface_subject(verb)), None)) or _beside(verb)
    issued = found is not None and found.dep_ == "dobj" and found.lemma_ in WORDS["document"] and found.head.pos_ == "VERB"
    return (next(iter(surface_subject(found.head)), None) if found is not None and issued else None) or found


def _beside(verb: Token) -> Token | None:
    """Mends parses without subject: the nominal right before a finite verb, the last subject before a participle."""
    doc, i = verb.doc, verb.i - 1
    if verb.tag_ == "VBG":
        before = reversed(doc[max(sentence(verb).start, i - PHRASE) : verb.i])
        return next((t for t in before if t.dep_ == "nsubj" and t.head.dep_ != "relcl"), None)
    while i > 0 and doc[i].pos_ in {"ADV", "AUX"}:
        i -= 1
    if i < 0 or verb.tag_ not in {"VBD", "VBZ", "VBP"}:
        return None
    if doc[i].text in {",", ")"}:
        # Behind an apposition or a relative clause that the parser took for the sentence: its first subject.
        whole = doc[max(sentence(verb).start, verb.i - 2 * PHRASE) : verb.i]
        return next((t for t in whole if t.dep_ in {"nsubj", "ROOT", "nsubjpass"} and t.pos_ in NOMINAL), None)
    return doc[i] if doc[i].pos_ in NOMINAL else None


def _clause(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    if word not in WORDS["clause"]:
        return None
    clauses = [c for c in children if c.dep_ == "ccomp" and not _severed(c, verb, children)]
    if not clauses:
        return _torn_clause(verb, word, children)
    start, end = _extent(clauses[0], verb, children)
    # Two clauses behind the cue are one report, torn apart by the parser.
    return start, max(end, clauses[-1].right_edge.i + 1) if clauses[0].i > verb.i else end


def _severed(clause: Token, verb: Token, children: list[Token]) -> bool:
    """Whether a semicolon parts them: "Kenya backs the plan; Chad has not said ..." reports nothing of Kenya."""
    return any(c.text == ";" and clause.i < c.i < verb.i for c in children)


def _torn_clause(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    """A clause that the parser hung on a noun: "said in a statement that ...", "indicating the UK had not delivered"."""
    for child in children:
        if child.i < verb.i:
            continue
        for noun in child.children if child.dep_ == "prep" else [child]:
            if noun.dep_ in {"pobj", "dobj"} and (found := _that_clause(noun, addressed=word in WORDS["addressed"])):
                return found
        if child.dep_ == "dobj" and word not in WORDS["object"] and _is_clause(child):
            return child.left_edge.i, child.right_edge.i + 1
    return None


def _is_clause(noun: Token) -> bool:
    """Whether its relative clause is none, having neither subject nor relative pronoun of its own."""
    relative = next((c for c in noun.children if c.dep_ == "relcl"), None)
    return relative is not None and not any(c.dep_ in SUBJECTS or c.tag_ in RELATIVE for c in relative.children)


def _that_clause(noun: Token, *, addressed: bool) -> tuple[int, int] | None:
    """Behind the one who is told something, "that" with a subject after it begins what is told, not a relative clause."""
    for child in noun.children:
        if child.dep_ not in CLAUSES:
            continue
        inner = list(child.children)
        mark = any(c.dep_ == "mark" and c.lower_ == "that" for c in inner)
        that = addressed and child.left_edge.lower_ == "that" and any(c.dep_ in SUBJECTS and c.lower_ != "that" for c in inner)
        if mark or that:
            return child.left_edge.i, child.right_edge.i + 1
    return None


def _extent(clause: Token, verb: Token, children: list[Token]) -> tuple[int, int]:
    start, end = clause.left_edge.i, clause.right_edge.i + 1
    if clause.i > verb.i:
        return max(start, verb.i + 1), end
    edge = min([c.left_edge.i for c in children if c.dep_ in SUBJECTS and c.i > clause.i], default=verb.i)
    first = _behind_dateline(verb.doc, sentence(verb).start, clause.i)
    return first, max(min(end, edge), clause.i + 1)


def _to(verb: Token) -> bool:
    return any(c.lower_ == "to" and c.dep_ == "aux" for c in verb.children)


def _infinitive(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    for child in children:
        if child.dep_ == "xcomp" and child.i > verb.i and child.tag_ == "VBG" and word in WORDS["object"]:
            return child.left_edge.i, child.right_edge.i + 1
        if child.dep_ == "xcomp" and child.i > verb.i and _to(child):
            subject = next((c for c in children if c.dep_ == "nsubjpass"), None)
            if subject is not None and word in WORDS["unattributed"]:
                return subject.left_edge.i, child.right_edge.i + 1
            objects = [c for c in children if c.dep_ in {"dobj", "dative"} and verb.i < c.i < child.i]
            if objects and word in WORDS["complement"]:
                return objects[0].left_edge.i, child.right_edge.i + 1
            if word in WORDS["infinitive"] and not objects:
                return child.left_edge.i, child.right_edge.i + 1
    return None


def _object(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    for child in children:
        if (
            child.dep_ in {"dobj", "oprd"}
            and child.i > verb.i
            and (word in WORDS["claim"] or child.lemma_ not in WORDS["document"])
        ):
            more = [c for c in children if c.i > child.i and _completes(c)]
            if more and word in WORDS["complement"]:
                return child.left_edge.i, more[-1].right_edge.i + 1
            if word in WORDS["object"]:
                return child.left_edge.i, (more or [child])[-1].right_edge.i + 1
    return None


def _passive(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    """What is said of a passive's subject: "the plan was criticised as hasty", "he was accused of lying"."""
    subject = next((c for c in children if c.dep_ == "nsubjpass"), None)
    if subject is None or word not in WORDS["complement"]:
        return None
    more = [c for c in children if c.i > verb.i and (c.dep_ == "oprd" or (c.dep_ == "prep" and c.lower_ in SAID_OF))]
    return (subject.left_edge.i, more[-1].right_edge.i + 1) if more else None


def _completes(child: Token) -> bool:
    return child.dep_ in {"oprd", "xcomp", "ccomp"} or (child.dep_ == "prep" and child.lower_ in COMPLEMENT)


def _prepositional(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    for child in children:
        if child.dep_ == "prep" and child.i > verb.i and f"{word} {child.lower_}" in WORDS["prepositional"]:
            inner = [p for p in child.children if p.dep_ in {"pobj", "pcomp"}]
            if inner:
                more = [c for c in children if c.i > child.i and (c.dep_ == "xcomp" or (c.dep_ == "prep" and c.lower_ == "as"))]
                return inner[0].left_edge.i, (more or [child])[-1].right_edge.i + 1
    return None


def _parenthetical(verb: Token, word: str, children: list[Token]) -> tuple[int, int] | None:
    """Set off by commas: "the plan, he said, had failed", "as she put it, ...": the rest of the sentence is theirs."""
    says = word in WORDS["clause"] or (word == "put" and any(c.lower_ == "it" for c in children))
    finite = verb.tag_ != "VBG" and verb.dep_ != "relcl" and any(c.dep_ == "nsubj" for c in children)
    if not says or not finite:
        return None
    doc, whole = verb.doc, sentence(verb)
    start, end = verb.left_edge.i, verb.right_edge.i + 1
    closed = end >= whole.end or doc[end].text in PAUSES or doc[end - 1].text in PAUSES
    fronted = start <= whole.start and any(c.lower_ == "as" for c in children)
    if not closed or not (fronted or doc[start].text in PAUSES or (start > 0 and doc[start - 1].text in PAUSES)):
        return None
    before, after = trimmed(doc, whole.start, start), trimmed(doc, end, whole.end)
    if fronted:
        return after
    return (before[0], after[1]) if after[1] - after[0] > 1 else before


READERS: Mapping[str, Callable[[Token, str, list[Token]], tuple[int, int] | None]] = {
    "clause": _clause,
    "infinitive": _infinitive,
    "object": _object,
    "passive": _passive,
    "prepositional": _prepositional,
    "parenthetical": _parenthetical,
}


def _noun(noun: Token, word: str) -> Iterator[Statement]:
    verb = noun.head.head if noun.dep_ == "pobj" else noun
    if verb.pos_ == "VERB" and verb.i < noun.i and CUES.get(verb.lemma) in WORDS["clause"]:
        return  # "said in a statement that ..." is read with its verb.
    for child in noun.children:
        if child.i > noun.i and (span := _noun_content(child, word)):
            yield Statement(noun.doc, *trimmed(noun.doc, *span), noun, _owner(noun), "noun")
            return


def _noun_content(child: Token, word: str) -> tuple[int, int] | None:
    if child.dep_ in {"acl", "ccomp", "relcl"} and word in WORDS["noun"]:
        that = any(c.dep_ == "mark" and c.lower_ == "that" for c in child.children)
        return (child.left_edge.i, child.right_edge.i + 1) if that or _to(child) else None
    return _behind_preposition(child) if f"{word} {child.lower_}" in WORDS["noun_about"] else None


def _owner(noun: Token) -> Token | None:
    """Whose claim it is: "the minister's claim", "the claim by the ministry", "the ministry made the claim"."""
    owners = possessors(noun)
    if owners:
        return owners[0]
    by = [p for c in noun.children if c.dep_ == "prep" and c.lower_ in {"by", "from"} for p in c.children if p.dep_ == "pobj"]
    if by:
        return by[0]
    if noun.dep_ == "dobj":
        found = surface_subject(noun.head) if noun.head.lemma_ not in WORDS["against"] else ()
        return found[0] if found else None
    return None


def _adjective(adjective: Token, word: str) -> Iterator[Statement]:
    for child in adjective.children:
        if child.i > adjective.i and (span := _adjective_content(child, word)):
            found = surface_subject(adjective.head if adjective.dep_ == "acomp" else adjective)
            yield Statement(adjective.doc, *trimmed(adjective.doc, *span), adjective, found[0] if found else None, "adjective")
            return


def _adjective_content(child: Token, word: str) -> tuple[int, int] | None:
    if child.dep_ == "ccomp" and word in WORDS["adjective"]:
        return child.left_edge.i, child.right_edge.i + 1
    return _behind_preposition(child) if f"{word} {child.lower_}" in WORDS["adjective_about"] else None


def _behind_preposition(child: Token) -> tuple[int, int] | None:
    inner = next((p for p in child.children if p.dep_ in {"pobj", "pcomp"}), None)
    return (inner.left_edge.i, child.right_edge.i + 1) if inner is not None and child.dep_ == "prep" else None


def _according(verb: Token) -> Iterator[Statement]:
    """With "according to the ministry" the rest of the sentence is theirs."""
    doc = verb.doc
    preposition = next((c for c in verb.children if c.lower_ == "to" and c.i > verb.i), None)
    if preposition is None:
        return
    inner = next((p for p in preposition.children if p.dep_ == "pobj"), None)
    if inner is None:
        return
    whole = sentence(verb)
    start, end = _behind_dateline(doc, whole.start, verb.i), whole.end
    close = inner.right_edge.i + 1
    before, after = trimmed(doc, start, verb.i), trimmed(doc, close, end)
    span = before if before[1] - before[0] >= 3 else after
    if before[1] - before[0] >= 3 and after[1] - after[0] >= 3 and doc[close].text == ",":
        span = before[0], after[1]
    yield Statement(doc, *span, verb, _issuer(inner, verb) or inner, "according")


def _issuer(document: Token, verb: Token) -> Token | None:
    """Whose statement it is: "a statement by the ministry", else the body or person that the sentence is about."""
    if document.lemma_ not in WORDS["document"]:
        return None
    owner = _owner(document)
    if owner is not None:
        return owner
    issued = (a for c in document.children if c.dep_ == "acl" for b in c.children if b.dep_ == "agent" for a in b.children)
    by = next((a for a in issued if a.dep_ == "pobj"), None)
    if by is not None or any(c.dep_ in {"acl", "relcl", "prep"} for c in document.children):
        return by
    return next((c for c in verb.head.children if c.dep_ == "nsubj" and c.ent_type_ in {"ORG", "PERSON"}), None)


EDGE = frozenset({",", ".", ";", ":", "-", "–", "—", "--", "(", ")", "“", "”", '"', "''", "``", "‘", "’", "'", "?", "!"})


def trimmed(doc: Doc, start: int, end: int) -> tuple[int, int]:
    """The span without white space, punctuation and conjunctions at its ends."""
    while start < end and (doc[start].is_space or doc[start].text in EDGE or doc[start].tag_ == "CC"):
        start += 1
    while end > start and (doc[end - 1].is_space or doc[end - 1].text in EDGE or doc[end - 1].tag_ == "CC"):
        end -= 1
    return start, end


def mention(token: Token) -> Span | None:
    """The noun phrase of a speaker without relative clause, in code points; None where it has no word."""
    doc = token.doc
    start, end = max(token.left_edge.i, token.i - PHRASE), min(token.right_edge.i + 1, token.i + PHRASE)
    for member in members(token):
        end = max(end, member.right_edge.i + 1)
    for child in token.subtree:
        if child.dep_ in CLAUSES and child.i > token.i and child.i < end:
            end = min(end, max(child.left_edge.i, token.i + 1))
    for i in range(token.i - 1, start - 1, -1):
        if doc[i].is_space or doc[i].text in MARKS or (doc[i].text in DASHES and doc[i - 1].text == ")"):
            start = i + 1
            break
    for i in range(token.i + 1, end):
        if "\n" in doc[i].text or doc[i].text in MARKS:
            end = i
            break
    start, end = trimmed(doc, start, end)
    if start >= end:
        return None
    words = doc[start:end]
    return Span(start=words.start_char, end=words.end_char, text=words.text)
