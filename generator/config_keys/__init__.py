"""Keys of the components of the collector and of Jaeger: data from their Go sources, and checks of configs with it."""
