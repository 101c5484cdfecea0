"""feedparser's two parsers as we use them: an element that makes no sense costs itself, not the feed.

They replace feedparser's own when this module is loaded; it has no other way in. Each handles an element at a time by a
method named after it, and what such a method stumbles over would end the whole.
"""

from __future__ import annotations

from typing import Any
from xml.sax import SAXException, expatreader

import feedparser.api

# What feedparser raises at elements in places where it does not expect them, and at numbers that are none.
_NONSENSE = (KeyError, IndexError, TypeError, ValueError, OverflowError, AttributeError)
# Texts of entries are a few KB.
_BUFFER_BYTES = 1 << 16
_ADDRESSES = frozenset(feedparser.api.StrictFeedParser.can_be_relative_uri)


class _Tolerant:
    """Passes over what makes no sense, and leaves ids as they are written.

    Links in texts are made absolute where that is asked for; ids so made would change with the address of the feed.
    """

    resolve_relative_uris: bool
    basestack: list[Any]
    langstack: list[Any]
    baseuri: Any
    lang: Any
    depth: int

    @property
    def can_be_relative_uri(self) -> frozenset[str]:
        """The elements whose text feedparser makes absolute."""
        return _ADDRESSES if self.resolve_relative_uris else _ADDRESSES - {"id"}

    def unknown_starttag(self, tag: str, attrs: Any) -> None:
        """The beginning of any element."""
        try:
            super().unknown_starttag(tag, attrs)  # type: ignore[misc]
        except _NONSENSE:
            return

    def unknown_endtag(self, tag: str) -> None:
        """The end of any element. What was to be done after its method is done all the same."""
        depth = self.depth
        try:
            super().unknown_endtag(tag)  # type: ignore[misc]
        except _NONSENSE:
            if self.depth == depth:
                self._leave()

    def handle_charref(self, ref: str) -> None:
        """A character by its number, if there is one of that number."""
        try:
            super().handle_charref(ref)  # type: ignore[misc]
        except _NONSENSE:
            return

    def _leave(self) -> None:
        """As feedparser leaves an element: base and language are those around it again."""
        if self.basestack:
            self.basestack.pop()
            self.baseuri = self.basestack[-1] if self.basestack and self.basestack[-1] else self.baseuri
        if self.langstack:
            self.langstack.pop()
            self.lang = self.langstack[-1] if self.langstack else self.lang
        self.depth -= 1


class _Strict(_Tolerant, feedparser.api.StrictFeedParser):  # type: ignore[misc]
    """For what is well-formed."""

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802  the name that SAX calls
        """What the strict parser cannot take is left to the loose one, as what is not well-formed is."""
        try:
            super().startElementNS(name, qname, attrs)
        except _NONSENSE as error:
            raise SAXException(str(error)) from None


class _Loose(_Tolerant, feedparser.api.LooseFeedParser):  # type: ignore[misc]
    """For what is not."""


class _Driver(expatreader.ExpatParser):
    """Hands texts over in pieces as large as they come.

    Python's own driver makes a call for each line and each entity of a text; that is a fifth of the time of a feed.
    """

    _parser: Any

    def reset(self) -> None:
        super().reset()
        self._parser.buffer_size = _BUFFER_BYTES
        self._parser.buffer_text = True


def create_parser() -> expatreader.ExpatParser:
    """What xml.sax.make_parser calls in a module that it is given the name of."""
    return _Driver()


feedparser.api.StrictFeedParser, feedparser.api.LooseFeedParser = _Strict, _Loose
feedparser.api.PREFERRED_XML_PARSERS = [__name__]
