"""Settings from the environment: one pydantic model per concern, every mistake of all of them listed at once.

An empty variable counts as unset. Booleans are `true` or `false`, nothing else. A SecretStr field NAME may also be
given as NAME_FILE, the path of a file that holds it. Values of secrets are never shown.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import AliasChoices, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)


class BadSettings(Exception):
    """The environment is wrong: `problems` has one sentence for each mistake, the variable's name first."""

    log_safe = True

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Base of every settings model: subclass with `env_prefix` (or a `validation_alias` per field)."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, frozen=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _strict_booleans(cls, value: Any, info: ValidationInfo) -> Any:
        wanted = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, str) and (wanted is bool or bool in get_args(wanted)):
            if value.lower() not in ("true", "false"):
                raise ValueError("say true or false")
            return value.lower() == "true"
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _SecretFiles(settings_cls), env_settings


def load(models: Mapping[str, type[BaseSettings]]) -> dict[str, Any]:
    """Read every model from the environment, by its name in `models`. Raises BadSettings with all mistakes of all."""
    loaded: dict[str, Any] = {}
    problems: list[str] = []
    for name, model in models.items():
        try:
            loaded[name] = model()
        except ValidationError as error:
            problems += [_sentence(model, dict(each)) for each in error.errors(include_url=False)]
        except SettingsError as error:  # a list or object that is no JSON
            problems.append(f"{model.__name__}: {error}")
    if problems:
        raise BadSettings(list(dict.fromkeys(problems)))
    return loaded


@contextmanager
def exit_on_bad_settings(*also: type[Exception]) -> Iterator[None]:
    """Print the numbered mistakes of the block to stderr and exit with code 2; for main.py.

    `also`: further exceptions that mean the operator must correct something; theirs are `problems` or their own words.
    """
    expected: tuple[type[Exception], ...] = (BadSettings, *also)
    try:
        yield
    except expected as error:
        problems = getattr(error, "problems", None) or [error]
        lines = [f"{number}. {problem}" for number, problem in enumerate(problems, 1)]
        count = f"{len(lines)} mistakes" if len(lines) > 1 else "a mistake"
        sys.stderr.write("\n".join([f"Cannot start: {count} in the settings.", *lines, ""]))
        sys.exit(2)


def variables(model: type[BaseSettings]) -> dict[str, FieldInfo]:
    """The environment variables of a model, by name."""
    return {_variable(model, name): field for name, field in model.model_fields.items()}


@dataclass(frozen=True)
class _Wrong:
    """Stands for a value that could not be read, and says why."""

    why: str


class _SecretFiles(EnvSettingsSource):
    """NAME_FILE for every SecretStr field."""

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            variable = _variable(self.settings_cls, name)
            path = self.env_vars.get(f"{variable}_FILE".lower())
            if path and (field.annotation is SecretStr or SecretStr in get_args(field.annotation)):
                found[_key(name, field)] = self._read(variable, path)
        return found

    def _read(self, variable: str, path: str) -> str | _Wrong:
        if self.env_vars.get(variable.lower()):
            return _Wrong(f"{variable} and {variable}_FILE are both set: keep one")
        try:
            secret = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            return _Wrong(f"{variable}_FILE: cannot read {path}: {getattr(error, 'strerror', None) or 'not text'}")
        return secret or _Wrong(f"{variable}_FILE: {path} is empty")


def _variable(model: type[BaseSettings], name: str) -> str:
    key = _key(name, model.model_fields[name])
    return (key if key != name else f"{model.model_config.get('env_prefix', '')}{name}").upper()


def _key(name: str, field: FieldInfo) -> str:
    """The name pydantic takes the field's value under: its alias, where it has one."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        alias = alias.choices[0] if isinstance(alias.choices[0], str) else None
    return alias if isinstance(alias, str) else name


def _sentence(model: type[BaseSettings], mistake: dict[str, Any]) -> str:
    value, place = mistake.get("input"), mistake["loc"]
    if isinstance(value, _Wrong):
        return value.why
    words = str(mistake["msg"]).removeprefix("Value error, ")
    if not place:
        return words
    fields = {_key(name, field): name for name, field in model.model_fields.items()}
    name = fields.get(str(place[0]), str(place[0]))
    field = model.model_fields.get(name)
    variable = _variable(model, name) if field else name
    if mistake["type"] == "missing":
        return f"{variable} is not set" + (f": {field.description}" if field and field.description else "")
    shown = isinstance(value, str) and field and "Secret" not in str(field.annotation) and "@" not in value
    return f"{variable}: {words}" + (f", not {value!r}" if shown else "")
