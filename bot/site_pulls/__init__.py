"""Pull requests of the site, whoever opened them: judged against its rules, coached, and passed on to opportunities.

Joins the rooms, as `bot.turns` does for opportunities: `turns` gives each pull request its turn, `judging` has the
verdict, `posted` what a person's merged pull request says.
"""

from bot.site_pulls.turns import Checking

__all__ = ["Checking"]
