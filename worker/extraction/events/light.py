"""Verbs that only carry a noun, which tells what is done: "launched an attack", "went on strike"."""

from __future__ import annotations

from spacy.tokens import Token

from worker.extraction.grammar import is_passive
from worker.extraction.tree import children, kept
from worker.ontology import lexicon


@kept
def light_verb(noun: Token) -> Token | None:
    """The verb that only carries the noun: "launched an attack", "an attack was launched", "is a threat to"."""
    head = noun.head
    if noun.dep_ == "conj" and head.pos_ == "NOUN":
        return light_verb(head)
    lemma = head.lemma_.lower()
    if noun.dep_ == "pobj" and head.head.pos_ == "VERB" and head.head.lemma_.lower() in lexicon("grammar")["light_with"]:
        return head.head
    if noun.dep_ == "dobj" and lemma in lexicon("grammar")["undergone"]:
        return head
    carried = noun.dep_ in {"dobj", "attr"} or (noun.dep_ == "nsubjpass" and is_passive(head))
    if carried and head.pos_ in {"VERB", "AUX"} and lemma in lexicon("grammar")["light"]:
        return head
    # "fleeing a crackdown launched by the army"
    for child in children(noun):
        if child.dep_ == "acl" and child.tag_ == "VBN" and child.lemma_.lower() in lexicon("grammar")["light"]:
            return child
    return None
