"""Read spans, assemble them into traces, and search, summarise and draw these.

The model (`analysis.model`) does not depend on where spans come from: `analysis.sources` reads them from a Jaeger or
from files. Everything else is a pure function over the model. Nothing here depends on the command line.
"""
