"""Questions over spans: read them, put them together as traces, search, summarise and draw them.

The model (`analysis.model`) knows nothing of where spans come from; `analysis.sources` reads them from a
Jaeger or from files. Everything else is a pure function over the model. Nothing here knows the command line.
"""
