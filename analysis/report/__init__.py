"""The HTML report: the figures of all `kit traces` commands on one page, with charts.

`contents` computes the figures, the modules beside it the data of the charts. `page` writes the HTML.
"""
