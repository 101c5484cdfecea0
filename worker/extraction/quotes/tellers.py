"""Who a report is ascribed to: subject, agent, owner or issuer, and the words that name them."""

from __future__ import annotations

from spacy.strings import get_string_id
from spacy.tokens import Doc, Token

from worker.extraction.grammar import is_passive, members, possessors, surface_subject
from worker.extraction.tree import children, sentence
from worker.model import Span
from worker.ontology import lexicon

WORDS = lexicon("speech")
# Lists of a word and its preposition.
ABOUT = ("prepositional", "noun_about", "adjective_about")
# Lists of other kinds of words, which make no cue by themselves.
OTHER = (
    "manner",
    "document",
    "reported",
    "attitude",
    "deed",
    "known",
    "claim",
    "intent",
    "against",
    "addressed",
    "verdict",
    "hidden",
)
CUES = {get_string_id(w): w for key, words in WORDS.items() if key not in {*ABOUT, *OTHER} for w in words}
CUES |= {get_string_id(w.split()[0]): w.split()[0] for key in ABOUT for w in WORDS[key]}
CUES |= {get_string_id(w): w for w in ("accord", "put")}
FREE = WORDS["clause"] | WORDS["object"]
SUBJECTS = frozenset({"nsubj", "nsubjpass"})
NOMINAL = frozenset({"NOUN", "PROPN", "PRON"})
CLAUSES = frozenset({"relcl", "acl", "ccomp", "advcl", "parataxis"})
MARKS = frozenset({"“", "”", '"', "''", "``", "«", "»"})
DASHES = frozenset({"-", "–", "—", "--"})
# A name with office and apposition is shorter than this many tokens on either side; longer is a wrong parse.
PHRASE = 25
# So many verbs may stand between "said it was late" and "added", all with one subject.
CHAIN = 3


def teller(token: Token) -> Token | None:
    """The cue whose speaker goes on with another verb of saying in its tense: "said it was late but added ..."."""
    if token.dep_ != "conj" or token.lemma_ in WORDS["thought"] or CUES.get(token.lemma) not in FREE:
        return None
    head = token.head
    for _ in range(CHAIN):
        head = head.head if head.dep_ == "conj" else head
    outer = head.head
    if head.dep_ != "ccomp" or outer.i > head.i or outer.tag_ != token.tag_ or CUES.get(outer.lemma) not in FREE:
        return None
    return None if any(c.dep_ in SUBJECTS for c in children(token)) else outer


def speaker(verb: Token) -> Token | None:
    """Who says it: the subject, for a passive the by-phrase, else the noun phrase that stands where a subject does."""
    verb = teller(verb) or verb
    if is_passive(verb):
        agents = (p for c in children(verb) if c.dep_ == "agent" for p in children(c) if p.dep_ == "pobj")
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


def owner(noun: Token) -> Token | None:
    """Whose claim it is: "the minister's claim", "the claim by the ministry", "the ministry made the claim"."""
    owners = possessors(noun)
    if owners:
        return owners[0]
    by = [p for c in children(noun) if c.dep_ == "prep" and c.lower_ in {"by", "from"} for p in children(c) if p.dep_ == "pobj"]
    if by:
        return by[0]
    if noun.dep_ == "dobj":
        found = surface_subject(noun.head) if noun.head.lemma_ not in WORDS["against"] else ()
        return found[0] if found else None
    return None


def issuer(document: Token, verb: Token) -> Token | None:
    """Whose statement it is: "a statement by the ministry", else the body or person that the sentence is about."""
    if document.lemma_ not in WORDS["document"]:
        return None
    own = owner(document)
    if own is not None:
        return own
    issued = (a for c in children(document) if c.dep_ == "acl" for b in children(c) if b.dep_ == "agent" for a in children(b))
    by = next((a for a in issued if a.dep_ == "pobj"), None)
    if by is not None or any(c.dep_ in {"acl", "relcl", "prep"} for c in children(document)):
        return by
    return next((c for c in children(verb.head) if c.dep_ == "nsubj" and c.ent_type_ in {"ORG", "PERSON"}), None)


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
