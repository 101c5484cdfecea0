"""PDF files for tests, written by hand so that each byte may be wrong on purpose."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence


def pdf(pages: Sequence[Sequence[str]], info: Mapping[str, str] | None = None, *, packed: bool = False) -> bytes:
    """A PDF with these lines on its pages, from the top down."""
    contents = [_content(lines) for lines in pages]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for number, content in enumerate(contents):
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents {5 + 2 * number} 0 R>>"
        objects += [page.encode(), stream(content, packed=packed)]
    objects.append(b"<<" + b"".join(f"/{name} ({value})".encode("cp1252") for name, value in (info or {}).items()) + b">>")
    return file(objects, f"/Info {len(objects)} 0 R")


def stream(content: bytes, *, packed: bool = False) -> bytes:
    """A stream object."""
    data = zlib.compress(content) if packed else content
    filtered = b"/Filter/FlateDecode" if packed else b""
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(data), filtered, data)


def file(objects: Sequence[bytes], trailer: str = "") -> bytes:
    """A file of these objects, the first being its root."""
    body, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start, size = len(body), len(objects) + 1
    body += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R{trailer}>>\n".encode()
    return bytes(body + b"startxref\n%d\n%%%%EOF\n" % start)


def _content(lines: Sequence[str]) -> bytes:
    shown = "".join(f"({line.translate(_ESCAPED)}) Tj 0 -14 Td\n" for line in lines)
    return f"BT /F 12 Tf 72 800 Td\n{shown}ET".encode("cp1252")


_ESCAPED = str.maketrans({"(": r"\(", ")": r"\)", "\\": r"\\"})
