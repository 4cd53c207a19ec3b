"""The decisions of the organization, from `config/pipeline.yaml`. Every number of the rules is here."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot.pipeline.money import Money

RepositoryName = Annotated[str, StringConstraints(pattern=r"^[\w.-]+/[\w.-]+$")]
TeamName = Annotated[str, StringConstraints(pattern=r"^[\w.-]+/[\w.-]+$")]
PORT = "(:([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
HttpUrl = Annotated[str, StringConstraints(pattern=rf"^https?://([^\s<>/:]+|\[[0-9a-f:.]+\]){PORT}(/[^\s<>]*)?$")]


class Strict(BaseModel):
    """A part of the policy: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _left_empty(cls, values: Any) -> Any:
        """Gives a key without a value its default, so that an operator may comment out a whole section."""
        if not isinstance(values, dict):
            return values
        return {key: value for key, value in values.items() if value is not None}


class Teams(Strict):
    """Teams as `organization/team`.

    Without a team of coordinators, everyone with write access is one; without finance, coordinators act for it.
    """

    coordinators: TeamName | None = None
    finance: TeamName | None = None


class Posting(Strict):
    """The least business days that an opportunity stays open, and those before closing without questions.

    `merge_amendments`: the bot merges its amendments of a page itself, where GitHub lets it; else a coordinator does.
    """

    minimum_days: int = Field(5, ge=0, le=60)
    question_days: int = Field(2, ge=0, le=30)
    merge_amendments: bool = False


class Reminders(Strict):
    """Business days before closing and before delivery for a reminder, and of silence before one."""

    closing_days: int = Field(3, ge=1, le=30)
    delivery_days: int = Field(3, ge=1, le=30)
    silence_days: int = Field(10, ge=1, le=60)


class BeaconPolicy(Strict):
    """Public randomness in rounds, as drand serves it: round 1 at `genesis` (Unix time), one each `period` s.

    `lead_minutes` is the least time from the announcement to its round, so that nobody can know the outcome.
    """

    url: HttpUrl = "https://api.drand.sh/public"
    genesis: int = 1595431050
    period: int = Field(30, ge=1)
    lead_minutes: int = Field(10, ge=1)


class Exchange(Strict):
    """The place of accepted code in the Open Resource Exchange.

    `look_minutes`: the bot reads a proposed entry that often, beside the webhooks about it.
    """

    repository: RepositoryName = "canada-ca/ore-ero"
    branch: str | None = None
    level: str = "federal"
    administration: str = "esdc-edsc"
    administration_name: str = "Employment and Social Development Canada"
    category: str = "43232400"
    status: str = "Beta"
    look_minutes: int = Field(15, ge=1, le=1440)

    @property
    def file(self) -> str:
        """Returns the path of the administration's entries in the repository."""
        return f"_data/code/{self.level}/{self.administration}.yml"


class Payment(Strict):
    """Payment. Suppliers send invoices to `invoice_to`; `survey` is a link in the closing summary, if there is one."""

    invoice_to: str = "micro-acquisition@example.gc.ca"
    survey: HttpUrl | None = None


class OpenData(Strict):
    """The publication of opportunities in the Open Contracting Data Standard.

    The standard's helpdesk registers a `prefix` for a publisher; the default is that of the examples in its
    documentation, for trials. `publisher` is the publisher's name, `licence` the address of the data's licence.
    """

    prefix: Annotated[str, StringConstraints(pattern=r"^ocds-[a-z0-9]{6}$")] = "ocds-213czf"
    publisher: str = "Employment and Social Development Canada"
    licence: HttpUrl = "https://open.canada.ca/en/open-government-licence-canada"


class Policy(Strict):
    """The whole policy."""

    repository: RepositoryName = "canada-ca/micro-acquisition"
    branch: str | None = None
    capacity: int = Field(10, ge=1)
    ceiling: Decimal = Field(Decimal(10000), gt=0)
    hourly: tuple[Decimal, Decimal] = (Decimal(60), Decimal(100))
    administration_hours: int = Field(10, ge=0)
    repository_hosts: tuple[str, ...] = ("github.com",)
    teams: Teams = Teams()
    posting: Posting = Posting()
    reminders: Reminders = Reminders()
    beacon: BeaconPolicy = BeaconPolicy()
    exchange: Exchange = Exchange()
    payment: Payment = Payment()
    ocds: OpenData = OpenData()
    messages: str = "config/messages"
    labels: str = "config/labels.yaml"
    sweep_seconds: float = Field(30, gt=0, le=60)
    resync_minutes: float = Field(15, ge=1, le=1440)

    @property
    def ceiling_total(self) -> Money:
        """Returns the highest total of a purchase, with taxes."""
        return Money(self.ceiling)
