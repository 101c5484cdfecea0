"""Which language a text is in, by its letter sequences (py3langid: naive Bayes over byte n-grams, 140 languages)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Below this the answer is a guess: names and headlines look like many languages. Our choice: of 1,600 English sentences of
# news and encyclopaedias none is given to another language with more, while a full sentence of German or Polish gets 0.9.
SURE = 0.75
# More of a text changes nothing any more.
ENOUGH = 4000


def identify(text: str) -> str | None:
    """ISO 639-1 code of the text's language; None where the text is too short or too mixed to tell."""
    language, probability = _identifier().classify(text[:ENOUGH])
    return str(language) if probability >= SURE else None


@cache
def _identifier() -> LanguageIdentifier:
    """Loaded at the first text: it takes 0.7 s and 80 MB."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  many commands never read a text

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Languages with a two-letter code; the others are mostly relatives of these, such as Nigerian Pidgin of English.
    identifier.set_languages([label for label in identifier.labels if len(label) == 2])
    return identifier
