"""`kit` with the component and the target of these tests: `python -m tests.house.with_toys generate`."""

from __future__ import annotations

from generator.components import MODULES
from generator.targets import TARGETS
from tests.house.outline import OUTLINE

GREETER = "tests.house.greeter.component"

if __name__ == "__main__":
    MODULES.insert(0, GREETER)
    TARGETS.append(OUTLINE)
    from kit.cli import main

    main()
