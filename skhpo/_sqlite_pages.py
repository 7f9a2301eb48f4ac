"""Rows found on the pages of a damaged SQLite file, page by page, without SQLite.

SQLite goes down from a table's root and gives up where a page is damaged or gone. Here each
page that is a leaf of a table is read by itself (https://sqlite.org/fileformat.html, 1.6 and
2), so that what is lost is what was on the damaged pages. The file is only read: SQLite would
write its log into it.

Nothing here knows whether a row is as it was written, or of which table it is; the caller
does, by a digest.

frame     a page in the write-ahead log, newer than the one of its number in the file
payload   a row as bytes; what is beyond a page's own part is on overflow pages
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

# What a row holds: None, int, str or bytes.
Values = tuple[Any, ...]

_MAGIC = b"SQLite format 3\0"
# Of a file whose header is lost: SQLite's default.
_PAGE_SIZE = 4096
_PAGE_SIZES = {2**power for power in range(9, 17)}
_TABLE_LEAF = 13
_LOG_HEADER_SIZE = 32
_FRAME_HEADER_SIZE = 24
# Bytes of a value by its serial type, below 12; there are no values of types 10 and 11.
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)
_FIRST_TEXT_OR_BYTES = 12


def find_rows(path: str) -> Iterator[tuple[int, Values]]:
    """Find the rows on all pages of a file, and in the log beside it.

    Parameters
    ----------
    path : str
        The file.

    Yields
    ------
    rowid : int
    values : tuple
        None in place of what is the rowid. Rows that are in the log come after those of the
        file, so that of several versions the last one is the newest.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with open(path, "rb", buffering=0) as file:
        pages = _Pages(file, *_read_log(f"{path}-wal"))
        for is_first, page in pages.each():
            yield from _rows_of(page, 100 if is_first else 0, pages)


class _Pages:
    """Pages of a file, with those in its log.

    Parameters
    ----------
    file : file
        The file, open.
    frames : list of (int, bytes)
        Number and content of each page in the log, the oldest first.
    log_page_size : int or None
        What the log says of the pages; None without a log.
    """

    def __init__(
        self, file: BinaryIO, frames: list[tuple[int, bytes]], log_page_size: int | None
    ) -> None:
        self._file = file
        self._frames = frames
        self._newest = dict(frames)
        header = file.read(100).ljust(100, b"\0")
        # 1 stands for 65536.
        size = int.from_bytes(header[16:18]) if header.startswith(_MAGIC) else 0
        size = 65536 if size == 1 else size
        self.size = size if size in _PAGE_SIZES else log_page_size or _PAGE_SIZE
        # Bytes of a page that hold something: extensions reserve some at its end.
        self.usable_size = self.size - (header[20] if size in _PAGE_SIZES else 0)
        self.n_bytes = os.fstat(file.fileno()).st_size + len(frames) * self.size
        self._n_in_file = -(-os.fstat(file.fileno()).st_size // self.size)

    def each(self) -> Iterator[tuple[bool, bytes]]:
        """All pages and then all frames, and whether it is the one with the file's header."""
        for number in range(1, self._n_in_file + 1):
            yield number == 1, self._from_file(number)
        for number, page in self._frames:
            yield number == 1, page

    def newest(self, number: int) -> bytes:
        """The page of a number as it was last; empty if there is none."""
        return self._newest.get(number) or self._from_file(number)

    def _from_file(self, number: int) -> bytes:
        """The page of a number in the file; zeros for what a cut has taken of it."""
        if not 1 <= number <= self._n_in_file:
            return b""
        self._file.seek((number - 1) * self.size)
        return self._file.read(self.size).ljust(self.size, b"\0")


def _read_log(path: str) -> tuple[list[tuple[int, bytes]], int | None]:
    """Number and content of each page in a write-ahead log, and their size.

    Checksums do not matter, as rows have their digests; salts do, as frames of before the log
    was begun again follow those of after.
    """
    try:
        with open(path, "rb") as file:
            header = file.read(_LOG_HEADER_SIZE)
            content = file.read()
    except FileNotFoundError:
        return [], None
    size = int.from_bytes(header[8:12])
    if size not in _PAGE_SIZES:
        return [], None
    frames = []
    step = _FRAME_HEADER_SIZE + size
    for start in range(0, len(content) - step + 1, step):
        frame = content[start : start + step]
        if frame[8:16] != header[16:24]:
            break
        frames.append((int.from_bytes(frame[:4]), frame[_FRAME_HEADER_SIZE:]))
    return frames, size


def _rows_of(page: bytes, start: int, pages: _Pages) -> Iterator[tuple[int, Values]]:
    """Rows of one page; `start` is where its own header is."""
    if len(page) <= start or page[start] != _TABLE_LEAF:
        return
    n_cells = min(int.from_bytes(page[start + 3 : start + 5]), (pages.size - start - 8) // 2)
    for place in range(start + 8, start + 8 + 2 * n_cells, 2):
        try:
            yield _read_cell(page, int.from_bytes(page[place : place + 2]), pages)
        except (IndexError, ValueError):  # what is there is no row
            continue


def _read_cell(page: bytes, place: int, pages: _Pages) -> tuple[int, Values]:
    """Row at a place of a page (section 1.6).

    Raises
    ------
    IndexError, ValueError
        If there is none, or a part of it is gone.
    """
    n_bytes, place = _read_varint(page, place)
    rowid, place = _read_varint(page, place)
    n_here = _count_here(n_bytes, pages.usable_size)
    payload = page[place : place + n_here]
    # Before any other page is read: bytes that are no row would name pages at random.
    types, start = _read_types(payload, n_bytes)
    if n_here < n_bytes:
        next_page = int.from_bytes(page[place + n_here : place + n_here + 4])
        payload += _read_overflow(next_page, n_bytes - n_here, pages)
    return rowid, _read_values(payload, types, start)


def _count_here(n_bytes: int, usable_size: int) -> int:
    """How many bytes of a payload are on its own page: X, M and K of section 1.6."""
    most = usable_size - 35
    if n_bytes <= most:
        return n_bytes
    least = (usable_size - 12) * 32 // 255 - 23
    n_here = least + (n_bytes - least) % (usable_size - 4)
    return n_here if n_here <= most else least


def _read_overflow(number: int, n_bytes: int, pages: _Pages) -> bytes:
    """What follows of a payload, on pages that each name the next one."""
    if n_bytes > pages.n_bytes:
        raise ValueError("more than there is")
    parts = []
    while n_bytes > 0:
        page = pages.newest(number)
        if not page:
            raise ValueError("a page is gone")
        number = int.from_bytes(page[:4])
        part = page[4 : pages.usable_size][:n_bytes]
        parts.append(part)
        n_bytes -= len(part)
    return b"".join(parts)


def _read_types(payload: bytes, n_bytes: int) -> tuple[list[tuple[int, int]], int]:
    """Serial type and size of each value, and where the values begin (section 2.1)."""
    start, place = _read_varint(payload, 0)
    types = []
    end = start
    while place < start:
        kind, place = _read_varint(payload, place)
        size = (kind - 12) // 2 if kind >= _FIRST_TEXT_OR_BYTES else _SIZES[kind]
        types.append((kind, size))
        end += size
    if place != start or end != n_bytes:
        raise ValueError("lengths that do not add up")
    return types, start


def _read_values(payload: bytes, types: list[tuple[int, int]], place: int) -> Values:
    """Values of a row; a float, which no table of ours has, is left as bytes."""
    values: list[Any] = []
    for kind, size in types:
        content = payload[place : place + size]
        place += size
        if kind >= _FIRST_TEXT_OR_BYTES:
            values.append(content if kind % 2 == 0 else content.decode())
        elif kind == 0:
            values.append(None)
        elif kind in (8, 9):
            values.append(kind - 8)
        else:
            values.append(content if kind == 7 else int.from_bytes(content, signed=True))
    return tuple(values)


def _read_varint(content: bytes, place: int) -> tuple[int, int]:
    """A big-endian integer of one to nine bytes, and where it ends."""
    value = 0
    for position in range(place, place + 8):
        byte = content[position]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, position + 1
    return value << 8 | content[place + 8], place + 9
