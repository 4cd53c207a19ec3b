"""What every test starts with."""

from bot import logs

logs.set_up("error", "console")
