"""Who does it to whom, by grammar: logical subjects, objects and obliques of a verb or noun in spaCy's dependencies.

Control, raising, passives, participles, relative clauses and coordination are seen through, so that the callers need
not care how a clause is put. Labels are ClearNLP's, as spaCy's English pipelines give them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from spacy.tokens import Token

from worker.extraction.tree import DEPTH, children, climb, kept, root
from worker.ontology import lexicon

SUBJECTS = frozenset({"nsubj", "csubj", "expl"})
RELATIVES = frozenset({"who", "which", "that", "whom"})
FINITE = frozenset({"VBD", "VBP", "VBZ", "MD"})
TOGETHER = frozenset({"together", "along", "alongside", "with"})
LIKE = frozenset({"like", "as", "including"})
QUANTITIES = lexicon("nouns")["quantities"]
# Verbs whose object is the subject of what follows ("urged allies to send") are all that take object and infinitive,
# but these, where the subject stays ("promised Kyiv to send").
SUBJECT_CONTROL = frozenset({"promise", "vow", "pledge", "threaten", "use", "need", "take", "make"})
# "called on France to send": who is to do it stands behind the preposition.
PREPOSITION_CONTROL = {"call": "on", "appeal": "to", "plead": "with", "prevail": "on", "rely": "on", "count": "on"}
# Nobody is protested or clashed: a participle of these that ends its sentence is the past tense.
INTRANSITIVE = lexicon("grammar")["intransitive"]
# Verbs whose object did what stands behind "for" or "of": "accused soldiers of shooting", "thanked the army for freeing".
JUDGING = lexicon("grammar")["judging"]
BE = frozenset({"be", "become", "remain"})
# Words beside a verb that may have its preposition below them.
SECOND = frozenset({"prep", "advmod", "prt", "acomp"})
# Relations of what has an object of its own below it.
OBLIQUE = frozenset({"prep", "agent", "dative"})
# How the parser hangs a list's first member on the verb, when it fails to see the list.
LOOSE = frozenset({"parataxis", "npadvmod", "dep", "advmod"})
# From a word to the one before a comma.
COMMA = 2


def conjuncts(token: Token) -> list[Token]:
    """The token and everything coordinated with it to its right."""
    if not children(token):
        return [token]
    found, queue = [token], [token]
    while queue:
        current = queue.pop()
        right = [c for c in children(current) if c.pos_ in NOMINAL and (c.dep_ == "conj" or _is_listed(c, current))]
        found += right
        queue += right
    return sorted(found, key=lambda t: t.i)


NOMINAL = frozenset({"NOUN", "PROPN", "PRON", "NUM", "ADJ", "X"})


def _is_listed(name: Token, head: Token) -> bool:
    """Whether what the parser takes for an apposition is a member of a list: "Kenya, Chad, and Mali"."""
    if name.dep_ != "appos" or name.pos_ != "PROPN" or head.pos_ != "PROPN" or not name.ent_type_:
        return False
    return any(c.dep_ == "cc" and c.i > name.i for end in (name, head) for c in children(end))


def members(token: Token) -> list[Token]:
    """What a group is made of, if it says so: "leaders like Rutte and Macron", "regimes such as China"."""
    for child in children(token):
        if child.lower_ in LIKE and child.i > token.i and child.pos_ in {"ADP", "SCONJ", "VERB"}:
            named = [c for c in children(child) if c.dep_ in {"pobj", "dobj"}]
            follower = child.nbor() if child.i + 1 < len(child.doc) else None
            if not named and follower is not None and follower.pos_ == "PROPN":
                named = [_phrase_head(follower)]
            if child.lower_ != "as" or (child.i > 0 and child.nbor(-1).lower_ == "such"):
                return [m for n in named for m in conjuncts(n)]
    return []


def _phrase_head(token: Token) -> Token:
    while token.dep_ == "compound" and token.head.i > token.i:
        token = token.head
    return token


@kept
def is_passive(verb: Token) -> bool:
    """Whether the grammatical subject suffers the verb."""
    if any(c.dep_ in {"auxpass", "nsubjpass"} for c in children(verb)):
        return True
    if is_stacked(verb):
        return False
    if verb.tag_ != "VBN" or any(c.dep_ in SUBJECTS or (c.dep_ == "aux" and c.lemma_ == "have") for c in children(verb)):
        return False
    if verb.dep_ in {"acl", "advcl", "amod"}:
        if is_main(verb) and verb.lemma_.lower() in INTRANSITIVE:
            return False
        return not any(c.dep_ == "dobj" for c in children(verb))
    return verb.dep_ == "conj" and verb.head.tag_ == "VBN" and is_passive(verb.head)


def is_main(verb: Token) -> bool:
    """Whether it is its sentence's only verb, hung on the subject: "200 people protested outside", "Two killed in Kabul"."""
    return verb.dep_ == "acl" and verb.tag_ == "VBN" and verb.head.dep_ == "ROOT" and verb.head.pos_ in {"NOUN", "PROPN"}


@kept
def stacked(verb: Token) -> Token | None:
    """The participle right behind a verb that has taken its object: "delivered promised missiles" parsed as two verbs."""
    after = verb.nbor() if verb.i + 1 < len(verb.doc) else None
    if (
        after is None
        or after.tag_ != "VBN"
        or any(c.dep_ in {"dobj", "aux", "auxpass"} for c in children(verb) if c.i > verb.i)
    ):
        return None
    return after if any(c.dep_ == "dobj" for c in children(after)) and verb.pos_ == "VERB" else None


def is_stacked(verb: Token) -> bool:
    """Whether it is such a participle."""
    return verb.i > 0 and verb.tag_ == "VBN" and stacked(verb.nbor(-1)) == verb


@kept
def surface_subject(verb: Token) -> list[Token]:
    """The grammatical subject, found through relative clauses, control and coordination."""
    return _subject(verb, 0)


def _subject(verb: Token, depth: int) -> list[Token]:
    if is_stacked(verb) and depth <= DEPTH:
        return _subject(verb.nbor(-1), depth + 1)
    own = [c for c in children(verb) if c.dep_ in {"nsubj", "nsubjpass"}]
    if own:
        return [*_listed_before(verb, own[0]), *_antecedents(verb, own)]
    if depth > DEPTH:
        return []
    return _inherited_subject(verb, depth + 1)


def _listed_before(verb: Token, subject: Token) -> list[Token]:
    """The head of a list whose end the parser takes for the subject: "Chad, Niger and Mali met"."""
    if subject.pos_ != "PROPN":
        return []
    if verb.dep_ == "conj" and verb.head.pos_ == "PROPN" and verb.head.i < subject.i:
        between = verb.doc[verb.head.i : subject.left_edge.i]
        return [verb.head] if all(t.pos_ in {"PROPN", "PUNCT", "CCONJ"} for t in between) else []
    start = subject.left_edge.i
    if start < COMMA or verb.doc[start - 1].text != "," or not any(c.dep_ == "conj" for c in children(subject)):
        return []
    return [c for c in children(verb) if c.i == start - COMMA and c.dep_ in LOOSE and c.pos_ == "PROPN"]


def _antecedents(verb: Token, nominals: list[Token]) -> list[Token]:
    """Nominals with relative pronouns replaced by what they stand for."""
    clause = verb
    while clause.dep_ == "conj" and clause.head.pos_ in {"VERB", "AUX"}:
        clause = clause.head
    relative = clause.dep_ == "relcl" and clause.head.pos_ in NOMINAL
    return [clause.head if relative and n.lower_ in RELATIVES else n for n in nominals]


def _inherited_subject(verb: Token, depth: int) -> list[Token]:
    head, dep = verb.head, verb.dep_
    if dep == "conj" and head.pos_ in {"VERB", "AUX"}:
        return _left_neighbour(verb) or _subject(partner(verb), depth)
    if dep in {"relcl", "acl"}:
        return _of_noun_clause(verb, head, depth)
    if dep in {"xcomp", "ccomp", "advcl", "dep", "oprd"} and head.pos_ in {"VERB", "AUX", "ADJ", "NOUN"}:
        return _of_complement(verb, head, depth)
    if dep == "pcomp" or (dep == "prep" and verb.pos_ == "VERB"):
        return _of_gerund(head, depth)
    if dep in {"acomp", "attr"} and head.pos_ in {"VERB", "AUX"}:
        return _subject(head, depth)
    return _left_neighbour(verb)


@kept
def partner(verb: Token) -> Token:
    """The verb that a coordinated one goes with: in "accused Chad of looting and expelled its envoy" not "looting"."""
    head = verb.head
    if verb.tag_ != "VBD" or any(c.dep_ in {"aux", "auxpass"} for c in children(verb)):
        return head
    for above in [head, *climb(head)]:
        if above.pos_ in {"VERB", "AUX"} and above.tag_ not in {"VBG", "VB"}:
            return above
        if above.dep_ not in {"pcomp", "xcomp", "advcl", "conj", "prep"}:
            return head
    return head


def _of_noun_clause(verb: Token, noun: Token, depth: int) -> list[Token]:
    infinitive = any(c.dep_ == "aux" and c.lower_ == "to" for c in children(verb))
    if not infinitive or is_headline(verb):
        return [noun]
    # "France was among the first countries to train brigades": the subject of "was".
    copula = noun.head.head if noun.dep_ == "pobj" else noun.head
    first = any(c.lower_ in {"first", "last", "only", "latest"} for c in children(noun))
    if first and copula.lemma_ in BE:
        return _subject(copula, depth)
    owner = possessors(noun)
    if owner:
        return owner
    return _subject(noun.head, depth) if noun.dep_ in {"dobj", "attr"} else []


def is_headline(verb: Token) -> bool:
    """Whether the infinitive is all that a headline says of its subject: "Macron to visit Ghana"."""
    noun = verb.head
    if verb.dep_ == "ROOT":
        return _says_to(verb)
    if verb.dep_ not in {"relcl", "acl"} or noun.dep_ != "ROOT" or not (noun.ent_type_ or noun.pos_ == "PROPN"):
        return False
    return any(c.dep_ == "aux" and c.lower_ == "to" for c in children(verb))


def _says_to(verb: Token) -> bool:
    auxiliaries = [c.lower_ for c in children(verb) if c.dep_ == "aux"]
    return auxiliaries == ["to"] and any(c.dep_ == "nsubj" for c in children(verb))


def _of_complement(verb: Token, head: Token, depth: int) -> list[Token]:
    if head.pos_ == "NOUN":
        return possessors(head)
    objects = [c for c in children(head) if c.dep_ in {"dobj", "dative"} and c.i < verb.i]
    infinitive = any(c.dep_ == "aux" and c.lower_ == "to" for c in children(verb))
    if verb.dep_ in {"xcomp", "ccomp"} and objects and infinitive and head.lemma_ not in SUBJECT_CONTROL:
        return objects[-1:]
    if infinitive and head.lemma_ in PREPOSITION_CONTROL:
        called = [t for t in oblique(head, {PREPOSITION_CONTROL[head.lemma_]}) if t.i < verb.i]
        if called:
            return called
    found = _subject(head, depth)
    return found or _left_neighbour(verb)


def _of_gerund(preposition: Token, depth: int) -> list[Token]:
    """Who does the gerund: "thanked France for sending" France, "won praise by sending" the winner."""
    governor = preposition.head
    if preposition.lower_ in {"for", "of", "over"}:
        for slot in ("dobj", "nsubjpass"):
            objects = [c for c in children(governor) if c.dep_ == slot and c.i < preposition.i]
            judged = governor.lemma_.lower() in JUDGING
            named = [o for o in objects if judged or o.ent_type_ or o.pos_ in {"PROPN", "PRON"}]
            if named:
                return _antecedents(governor, named)
        targets = oblique(governor, {"to", "toward", "towards"})
        for thing in (c for c in children(governor) if c.dep_ == "dobj"):
            targets += oblique(thing, {"to", "toward", "towards"})
        if targets and preposition.lower_ == "for":
            return targets
    if governor.dep_ == "acomp":
        # "were guilty of breaking the truce"
        governor = governor.head
    if governor.pos_ in {"VERB", "AUX"}:
        return _subject(governor, depth)
    return possessors(governor) or (_subject(governor.head, depth) if governor.head.pos_ == "VERB" else [])


def _left_neighbour(verb: Token) -> list[Token]:
    """Mends clauses without "that", whose subject the parser hangs on the verb before: "indicating the UK had not".

    A finite verb group that starts right behind a nominal takes it as subject.
    """
    group = [c for c in children(verb) if c.dep_ in {"aux", "neg", "auxpass", "advmod"} and c.i < verb.i]
    auxiliary = any(c.dep_ == "aux" and c.tag_ in FINITE for c in group)
    start = min((c.i for c in group), default=verb.i)
    if not auxiliary or start == 0:
        return []
    before = verb.doc[start - 1]
    return [before] if before.pos_ in {"NOUN", "PROPN", "PRON"} and root(before) == root(verb) else []


@kept
def asked(verb: Token) -> list[Token]:
    """Who is to do what its clause says: "wants Serbia to leave", "told Serbia to leave", "insists that Serbia leave"."""
    for clause in children(verb):
        if clause.dep_ not in {"xcomp", "ccomp"} or clause.i < verb.i:
            continue
        own = [c for c in children(clause) if c.dep_ in {"nsubj", "nsubjpass"} and c.i > verb.i]
        helpers = {c.lower_ for c in children(clause) if c.dep_ in {"aux", "auxpass"}}
        if "to" in helpers:
            return own or [p for p in patients(verb) if p.i < clause.i]
        # "that Serbia leave": what would be "leaves" if it were told as a fact.
        bare = clause.tag_ == "VB" or (clause.tag_ == "VBP" and all(c.tag_ in {"NN", "NNP"} for c in own))
        if "be" in helpers or (bare and not helpers):
            return own
    return []


@kept
def agents(verb: Token) -> list[Token]:
    """Who does it: the subject, or the by-phrase of a passive. Coordinated ones are listed one by one."""
    if is_passive(verb):
        found = [p for c in children(verb) if c.dep_ == "agent" for p in children(c) if p.dep_ == "pobj"] or oblique(
            verb, {"by"}
        )
        # "was denied entry by Kenya": the parser hangs the doer on the thing.
        found = found or [p for c in children(verb) if c.dep_ == "dobj" for p in oblique(c, {"by"})]
    else:
        subjects = surface_subject(verb)
        found = [*subjects, *(c for s in subjects for c in _companions(s))]
    return spread(found)


def _companions(subject: Token) -> list[Token]:
    """Who does it too: "Kenya, together with Chad", "along with Chad", "alongside Chad"."""
    found: list[Token] = []
    for child in children(subject):
        if child.dep_ != "prep" or child.lower_ not in TOGETHER:
            continue
        inner = next((c for c in children(child) if c.dep_ == "prep"), child)
        if child.lower_ != "with" or any(c.lower_ in TOGETHER for c in children(child)):
            found += [c for c in children(inner) if c.dep_ == "pobj"]
    return found


@kept
def patients(verb: Token) -> list[Token]:
    """To whom or what it is done: the object, or the subject of a passive."""
    if is_passive(verb):
        own = [c for c in children(verb) if c.dep_ == "nsubjpass"]
        if own:
            # "Chad was given tanks"
            return spread([*_antecedents(verb, own), *(c for c in children(verb) if c.dep_ == "dobj")])
        return spread([verb.head] if verb.dep_ in {"acl", "amod"} else surface_subject(verb))
    own = [c for c in children(verb) if c.dep_ == "dobj"]
    # "passed on ammunition": the parser takes some particles for prepositions.
    own = own or [p for c in children(verb) if c.dep_ == "prt" for p in children(c) if p.dep_ == "pobj"]
    if own:
        return spread(_antecedents(verb, own))
    if participle := stacked(verb):
        return patients(participle)
    shared = [o for c in children(verb) if c.dep_ == "conj" and c.pos_ == "VERB" for o in children(c) if o.dep_ == "dobj"]
    if shared and all(c.i > verb.i for c in shared) and not any(c.dep_ == "prep" for c in children(verb)):
        return spread(shared)
    if verb.dep_ == "relcl" and any(c.dep_ == "nsubj" and c.lower_ not in RELATIVES for c in children(verb)):
        return [verb.head]
    return []


def datives(verb: Token) -> list[Token]:
    """The indirect object: "gave Kyiv jets", "gave jets to Kyiv"."""
    found: list[Token] = []
    for child in children(verb):
        if child.dep_ == "dative":
            found += [p for p in children(child) if p.dep_ == "pobj"] if child.pos_ == "ADP" else [child]
    return spread(found)


def oblique(head: Token, prepositions: Collection[str]) -> list[Token]:
    """Objects of the head's own prepositions; "in support of X", "on behalf of X" are not followed."""
    found = [token for word, objects in phrases(head) if word in prepositions for token in objects]
    return list(dict.fromkeys(found)) if found else []


@kept
def phrases(head: Token) -> list[tuple[str, list[Token]]]:
    """The head's own prepositions, each with its objects."""
    participle = stacked(head)
    below = [*children(head), *children(participle)] if participle is not None else children(head)
    # "backed out of the deal", "stood firm against Spain", "from Chad to Niger"
    below = [*below, *(p for c in below if c.dep_ in SECOND for p in children(c) if p.dep_ == "prep")]
    return [
        (c.lower_, spread([p for p in children(c) if p.dep_ == "pobj"] or _loose_object(c)))
        for c in below
        if c.dep_ in OBLIQUE and c.pos_ != "PRON"
    ]


def nested(noun: Token, prepositions: Collection[str]) -> list[Token]:
    """The same, and inside the noun's other prepositions: "jets from Denmark to Ukraine" is parsed as a chain."""
    inner = (t for c in children(noun) if c.dep_ == "prep" for t in oblique(c, prepositions))
    return oblique(noun, prepositions) or list(inner)


def _loose_object(preposition: Token) -> list[Token]:
    """What stands behind a preposition whose object the parser gave to the next clause: "to Ukraine, officials said"."""
    if any(c.dep_ == "pcomp" for c in children(preposition)):
        return []
    last = preposition
    while last.i + 1 < len(last.doc) and last.nbor().pos_ in {"DET", "ADJ", "PROPN", "NOUN", "NUM"}:
        last = last.nbor()
    return [last] if last.pos_ in {"PROPN", "NOUN"} else []


def possessors(noun: Token) -> list[Token]:
    """Whose it is: "France's pledge", "its partnerships"."""
    return spread([c for c in children(noun) if c.dep_ == "poss"])


def spread(tokens: Iterable[Token]) -> list[Token]:
    """Coordination opened, groups replaced by the members they name."""
    found: list[Token] = []
    for token in tokens:
        for one in conjuncts(token):
            found += members(one) or measured(one) or [one]
    return list(dict.fromkeys(found))


def measured(token: Token) -> list[Token]:
    """Who is counted: "thousands of people", "a group of officers"."""
    if token.lemma_.lower() not in QUANTITIES:
        return []
    counted = [p for c in children(token) if c.dep_ == "prep" and c.lower_ == "of" for p in children(c) if p.dep_ == "pobj"]
    return [m for p in counted for m in conjuncts(p)]


def particle(verb: Token) -> str | None:
    """The particle of a phrasal verb: "hand over"."""
    return next((c.lower_ for c in children(verb) if c.dep_ == "prt"), None)
