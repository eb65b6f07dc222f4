"""The keys of the components of the collector and of Jaeger: data from their Go sources, and what compares with it."""
