"""What these tests share with those of the GitHub room."""

from tests.github.conftest import box, client, coordinator, gh, person

__all__ = ["box", "client", "coordinator", "gh", "person"]
