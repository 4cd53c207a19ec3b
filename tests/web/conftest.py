"""What the tests of pages share."""

from tests.browser import axe, browser

__all__ = ["axe", "browser"]
