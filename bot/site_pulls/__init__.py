"""Judges pull requests of the site by any author, coaches the author, and tells the opportunity.

`turns` runs the turn of each pull request, `judging` decides the verdict, `news` what the opportunity gets, and
`posted` reads what a merged pull request says.
"""

from bot.site_pulls.turns import Checking

__all__ = ["Checking"]
