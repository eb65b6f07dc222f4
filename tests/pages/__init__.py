"""Pages whose shell blocks are run on the real programs: the README and the tutorials.

A page is the data. Each `sh` block is run, and the `text` block behind it holds what it printed.
`python -m tests.pages` runs the pages and writes the new outputs into them; the native tests run them and compare.
"""
