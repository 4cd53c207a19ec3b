"""The operator's settings: environment (or `.env`) and policy file, checked before anything starts.

Every mistake is one sentence that names the variable or the file and says what to do: `ConfigurationError`.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import Field, SecretStr, StringConstraints, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from yarl import URL

from bot.documents.catalogs import Catalog, catalogs, require_all
from bot.documents.messages import MessageError, Messages
from bot.pipeline.model.policy import PORT, Policy, Strict
from bot.pipeline.text.language import LANGS, Lang

GITHUB = "https://api.github.com"
LOOPBACK = ("127.0.0.1", "localhost", "::1")

MESSAGES = Path(__file__).parents[1] / "config" / "messages"
"""The project's own messages and words."""


class ConfigurationError(Exception):
    """The configuration cannot be used; the text says which part and what to do."""


class Settings(BaseSettings):
    """The environment of the bot, under the names of the variables."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    metrics_port: int | None = Field(None, ge=0, le=65535)
    """The port on which a `worker` process shows health and metrics; none by default."""
    database_url: str = "sqlite:///var/bot.db"
    github_api_url: Annotated[str, StringConstraints(pattern=rf"^https?://([^\s/:]+|\[[0-9a-f:.]+\]){PORT}(/|$)")] = (
        GITHUB
    )
    github_token: SecretStr = SecretStr("")
    """The token of a person, for commands that act as people or only read; the bot itself never uses it."""
    ore_token: SecretStr = SecretStr("")
    """The token of a machine user, which proposes entries from its fork if the App is not installed on the Exchange."""
    github_app_id: str = ""
    github_private_key: SecretStr = SecretStr("")
    github_private_key_file: str = ""
    github_webhook_secret: SecretStr = SecretStr("")
    github_client_id: str = ""
    github_client_secret: SecretStr = SecretStr("")
    """Lets coordinators sign in on the board, and gives the key that signs their sessions."""
    board_url: Annotated[str, StringConstraints(pattern=rf"^https?://([^\s/?#@:]+|\[[0-9a-f:.]+\]){PORT}/?$|^$")] = ""
    """The address of the board for people; by default the one on which it listens."""
    bot_config: str = "config/pipeline.yaml"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    clock_url: str = ""

    @property
    def has_credentials(self) -> bool:
        """Returns whether a variable of the App is set; then all of them must be."""
        secrets = (self.github_private_key, self.github_webhook_secret)
        named = self.github_app_id or self.github_private_key_file
        return bool(named or any(secret.get_secret_value() for secret in secrets))

    @property
    def is_local(self) -> bool:
        """Returns whether GitHub is a sandbox on this machine."""
        return URL(self.github_api_url).host in ("127.0.0.1", "localhost")

    @property
    def webhook_secrets(self) -> list[str]:
        """Returns the secrets that are valid now: two during a rotation."""
        return [secret.strip() for secret in self.github_webhook_secret.get_secret_value().split(",") if secret.strip()]

    @property
    def wants_sign_in(self) -> bool:
        """Returns whether a variable of the board's sign-in is set; then all of them must be."""
        return bool(self.github_client_id or self.github_client_secret.get_secret_value())

    def check_sign_in(self) -> None:
        """Raises ConfigurationError unless coordinators can sign in on the board."""
        for name, value in (
            ("GITHUB_CLIENT_ID", self.github_client_id),
            ("GITHUB_CLIENT_SECRET", self.github_client_secret.get_secret_value()),
        ):
            if not value:
                raise ConfigurationError(f"{name} is not set: copy it from the App's settings page")
        address = URL(self.board_address(self.port))
        if address.scheme != "https" and address.host not in LOOPBACK:
            raise ConfigurationError(
                "BOARD_URL is not set to the board's address for people, with https://: nobody signs in without it"
            )

    def board_address(self, port: int) -> str:
        """Returns the address of the board for people, without a final slash; `port` is the one on which it listens."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.board_url.rstrip("/") or f"http://{host}:{port}"

    def private_key(self) -> str:
        """Returns the App's private key (PEM). Raises ConfigurationError if it is missing or unreadable."""
        key = self.github_private_key.get_secret_value().replace("\\n", "\n")
        source = "GITHUB_PRIVATE_KEY"
        if self.github_private_key_file:
            source = f"GITHUB_PRIVATE_KEY_FILE ({self.github_private_key_file})"
            return read_private_key(source, Path(self.github_private_key_file))
        return _checked_key(source, key)

    def check_credentials(self) -> None:
        """Raises ConfigurationError unless the bot can serve GitHub."""
        if not self.github_app_id.isdigit():
            raise ConfigurationError(
                "GITHUB_APP_ID is not set to the App's number: copy it from the App's settings page"
            )
        if not (self.github_private_key.get_secret_value() or self.github_private_key_file):
            raise ConfigurationError(
                "GITHUB_PRIVATE_KEY_FILE (or GITHUB_PRIVATE_KEY) is not set: generate a key on the App's page"
            )
        self.private_key()
        if self.clock_url and not self.is_local:
            raise ConfigurationError("CLOCK_URL is set: it is for the sandbox only, so leave it out")
        if not self.webhook_secrets:
            raise ConfigurationError(
                "GITHUB_WEBHOOK_SECRET is not set: choose one, and put the same in the App's webhook settings"
            )


def load_settings() -> Settings:
    """Reads the environment. Raises ConfigurationError naming the variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise ConfigurationError(
            f"{name} is wrong ({_said(first)}): correct it in the environment or in .env"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f".env cannot be read ({_reason(error)}): correct the file, or remove it") from error


def read_private_key(source: str, file: Path) -> str:
    """Reads the App's private key (PEM) from a file. Raises ConfigurationError naming `source`."""
    try:
        key = file.read_text(encoding="ascii")
    except UnicodeDecodeError:
        key = ""
    except OSError as error:
        raise ConfigurationError(
            f"{source} cannot be read ({_reason(error)}): name the .pem file that GitHub gave for the App"
        ) from error
    return _checked_key(source, key)


def _checked_key(source: str, key: str) -> str:
    try:
        if isinstance(load_pem_private_key(key.encode(), None), RSAPrivateKey):
            return key
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pass
    raise ConfigurationError(f"{source} holds no private key: use the whole .pem that GitHub gave for the App")


def cannot_listen(
    error: OSError | UnicodeError,
    host: tuple[str, str],
    port: tuple[str, int],
    taken: str = "stop that one, or set another",
) -> ConfigurationError:
    """Says in a sentence why the process cannot listen. `host` and `port` are each a setting's name and value."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return ConfigurationError(f"{port[0]} {port[1]} is taken by another program: {taken}")
    if number == errno.EACCES:
        return ConfigurationError(f"{port[0]} {port[1]} may not be used by this user: set one above 1023")
    if number == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror | UnicodeError):
        return ConfigurationError(
            f"{host[0]} {host[1]} is no address of this machine: set one that is, for instance 127.0.0.1"
        )
    return ConfigurationError(
        f"{host[0]} {host[1]} with {port[0]} {port[1]} cannot be listened on ({_reason(error)}): set others"
    )


def load_policy(path: str | Path) -> Policy:
    """Reads the policy file. Raises ConfigurationError with file, line and what is wrong."""
    data = _yaml(path, "set BOT_CONFIG to the policy file")
    if data is None:
        data = CommentedMap()
    if not isinstance(data, CommentedMap):
        raise ConfigurationError(f"{path}, line 1: a list of `key: value` lines is expected")
    try:
        policy = Policy.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(_problems(path, data, error, "config/pipeline.yaml")) from error
    for key, there, what in (
        ("messages", Path(policy.messages).is_dir(), "folder"),
        ("labels", Path(policy.labels).is_file(), "file"),
    ):
        if not there:
            raise ConfigurationError(
                f"{path}, line {_line(data, (key,))}: {key} names {getattr(policy, key)}, where there is no {what}: "
                f"write {Policy.model_fields[key].default}, or the path of a copy of it"
            )
    return policy


Read = TypeVar("Read")


def load_messages(folder: str | Path) -> Messages:
    """Returns the messages of the bot. Raises ConfigurationError naming the template."""
    return _load(folder, "md", Messages)


def load_words(folder: str | Path) -> dict[str, Catalog]:
    """Returns the words of the board, the feeds and the files by topic.

    Raises ConfigurationError, which names the file, if a word is broken, or missing in one language or in both.
    """

    def read(files: Mapping[Lang, Mapping[str, str]]) -> dict[str, Catalog]:
        own = catalogs(files)
        if Path(folder).resolve() != MESSAGES:
            require_all(own, load_words(MESSAGES), "config/messages")
        return own

    return _load(folder, "txt", read)


def _load(folder: str | Path, suffix: str, read: Callable[[Mapping[Lang, Mapping[str, str]]], Read]) -> Read:
    try:
        files: dict[Lang, dict[str, str]] = {
            lang: {path.stem: path.read_text("utf-8") for path in sorted(Path(folder, lang).glob(f"*.{suffix}"))}
            for lang in LANGS
        }
        if not files["en"]:
            raise MessageError(f"en holds no templates (*.{suffix}): correct `messages` in the policy")
        return read(files)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the messages in {folder} cannot be read: {_reason(error)}") from error
    except MessageError as error:
        raise ConfigurationError(f"{folder}/{error}") from error


class Label(Strict):
    """A label of the repository; `kind` says whose it is, the description is bilingual. The limits are GitHub's."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    color: Annotated[str, StringConstraints(pattern="^[0-9A-Fa-f]{6}$")]
    kind: Literal["stage", "signal", "state", "form"]
    description: Annotated[str, StringConstraints(max_length=100)]


def load_labels(path: str | Path) -> list[Label]:
    """Reads the labels. Raises ConfigurationError with file, line and what is wrong."""
    data = _yaml(path, "set `labels` in the policy to the file of labels")
    if not isinstance(data, CommentedSeq):
        raise ConfigurationError(f"{path}, line 1: a list of labels is expected, as in config/labels.yaml")
    try:
        labels = TypeAdapter(list[Label]).validate_python(data)
    except ValidationError as error:
        raise ConfigurationError(_problems(path, data, error, "config/labels.yaml")) from error
    seen: dict[str, int] = {}
    for index, label in enumerate(labels):
        first = seen.setdefault(label.name.casefold(), index)
        if first != index:
            raise ConfigurationError(
                f"{path}, line {_line(data, (index,))}: {label.name} is there already in line {_line(data, (first,))}, "
                "and to GitHub case makes no difference; remove one"
            )
    return labels


def _yaml(path: str | Path, advice: str) -> Any:
    """Reads a YAML file with its line numbers. Raises ConfigurationError, with advice on a missing file."""
    try:
        return YAML().load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read ({_reason(error)}): {advice}") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{path}, line {line}: this is not YAML ({error.problem}); correct it") from error
    except YAMLError as error:
        raise ConfigurationError(f"{path} is not YAML ({_reason(error)}): correct it") from error


def _line(data: Any, place: tuple[int | str, ...]) -> int:
    """Returns the line of a key or item, or of the nearest part above it."""
    line = 1
    for key in place:
        if isinstance(data, CommentedMap) and key in data:
            line = data.lc.key(key)[0] + 1
        elif isinstance(data, CommentedSeq) and isinstance(key, int) and key < len(data):
            line = data.lc.item(key)[0] + 1
        else:
            break
        data = data[key]
    return line


def _problems(path: str | Path, data: Any, error: ValidationError, example: str) -> str:
    """Lists every mistake in a file, by line, each on a line of its own."""
    found = set[tuple[int, str]]()
    for problem in error.errors():
        place = problem["loc"][1:] if isinstance(data, CommentedSeq) else problem["loc"]
        found.add((_line(data, problem["loc"]), _words(problem, place, example)))
    return "\n".join(f"{path}, line {line}: {said}" for line, said in sorted(found))


def _words(problem: Any, place: tuple[int | str, ...], example: str) -> str:
    name = ".".join(str(part) for part in place)
    if problem["type"] == "extra_forbidden":
        return f"unknown key {name}; see {example} for the ones there are"
    if problem["type"] == "missing":
        return f"{name} is missing; see {example}"
    return f"{name} is wrong: {_said(problem)}" if name else f"{_said(problem)}; see {example}"


def _said(problem: Any) -> str:
    """Says what is wrong with a value, and what to write instead of repeating a pattern or a type."""
    if problem["type"] == "string_pattern_mismatch":
        pattern: str = problem["ctx"]["pattern"]
        if pattern.startswith("^https?:"):
            return "write it as https://HOST"
        if "/" in pattern:
            return "write it as ORGANIZATION/TEAM" if problem["loc"][0] == "teams" else "write it as OWNER/NAME"
        if "A-F" in pattern:
            return "write it as six hexadecimal digits in quotes, for instance '1A7F37'"
    if problem["type"] == "string_type":
        return "write it as text, in quotes"
    if problem["type"] == "model_type":
        return "`key: value` is expected"
    return str(problem["msg"]).lower()


def _reason(error: Exception) -> str:
    return error.strerror.lower() if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
