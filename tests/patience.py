"""How long a test waits for what must come."""

# A run that passes never waits so long. A machine may be several times slower than ours, with all its cores busy.
PATIENCE_S = 300.0

# The same for one answer of a program that runs.
ANSWER_S = 60.0
