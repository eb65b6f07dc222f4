"""Everything that is asked of many traces, on one page: the commands' own figures, and charts of them.

`contents` asks the questions, the modules beside it shape what charts show, `page` writes the HTML.
"""
