"""Check that a time service keeps the clock, and how far the components' clocks differ from it."""

from __future__ import annotations

import ctypes
import http.client
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import CLOCK
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject

# HTTP dates have whole seconds, so a difference of one second may be none.
_FAR_SECONDS = 2.0
_TIMEOUT = 3.0
_UNSYNCHRONIZED = 0x40  # STA_UNSYNC of <sys/timex.h>


class _Timex(ctypes.Structure):
    """First fields of `struct timex`, and space for its other fields."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def synchronized(subject: Subject) -> Iterator[Line]:
    """Check that a time service keeps the kernel's clock."""
    del subject
    looked = Looked("clock", CLOCK, "synchronized by a time service")
    kernel = _kernel()
    if kernel is None:
        yield looked.well("unknown: this system does not report it")
    elif kernel.status & _UNSYNCHRONIZED:
        yield looked.warn("not synchronized")
    else:
        yield looked.well(f"synchronized, at most {kernel.maxerror / 1000:.0f} ms off")


def skew(subject: Subject) -> Iterator[Line]:
    """Compare the dates in the components' answers with this clock."""
    for name, url in subject.live.dated().items() if subject.live else ():
        looked = Looked(f"clock of {name}", CLOCK, f"less than {_FAR_SECONDS:g} s from this machine's")
        apart = _apart(url)
        if apart is None:
            continue
        if abs(apart) < _FAR_SECONDS:
            yield looked.well("the same")
        else:
            when = "behind" if apart < 0 else "ahead"
            yield looked.warn(f"{abs(apart):.0f} s {when}", details={"seconds": apart})


def _kernel() -> _Timex | None:
    read = getattr(ctypes.CDLL(None), "adjtimex", None)
    kernel = _Timex()
    return kernel if read is not None and read(ctypes.byref(kernel)) >= 0 else None


def _apart(url: str) -> float | None:
    """Return how far a server's clock is ahead, in seconds, or None if its answer has no date."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=_TIMEOUT)
    try:
        connection.request("GET", where.path or "/")
        date = connection.getresponse().getheader("Date")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    # The middle of the second in the header.
    return parsedate_to_datetime(date).timestamp() + 0.5 - time.time() if date else None


SYNCHRONIZED = Check("clock", CLOCK, synchronized)
SKEW = Check("clocks of the hops", CLOCK, skew)
