"""Templates of posts, run in a sandbox with bounds; every mistake is named by file and line."""

from __future__ import annotations

import difflib
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2 import nodes as ast
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from wireroom.model.errors import Problem, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

MOST_STEPS = 20_000
"""How many rounds of loops and calls one rendering may take."""

MOST_OUTPUT = 500_000
"""How many characters one rendering may give."""

_LONGEST_PRODUCT = 10_000
_FORBIDDEN_FILTERS = frozenset({"center", "format", "indent", "pprint", "random", "urlize", "wordwrap", "xmlattr"})
_FORBIDDEN_METHODS = frozenset(
    {"center", "expandtabs", "format", "format_map", "ljust", "maketrans", "replace", "rjust", "translate", "zfill"}
)
_steps: ContextVar[int] = ContextVar("steps", default=0)


class TooMuch(SecurityError):
    """A template that loops, calls, multiplies or writes without end."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 as a newsroom's templates get it: nothing undefined in silence, nothing private, nothing without end."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, folders: Sequence[Path]) -> None:
        super().__init__(
            loader=FileSystemLoader(list(folders)), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self.globals = {"range": self.globals["range"]}  # `namespace` would let a loop double a text at every round
        for name in _FORBIDDEN_FILTERS:
            del self.filters[name]
        self.filters["_counted"] = _counted

    def _parse(self, source: str, name: str | None, filename: str | None) -> ast.Template:
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(ast.For):
            loop.iter = ast.Filter(loop.iter, "_counted", [], [], None, None, lineno=loop.iter.lineno)
        return tree

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Private names are refused, and methods of text that make a long text of a short one."""
        if isinstance(obj, str) and attr in _FORBIDDEN_METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Calls count as steps."""
        _step()
        return super().call(*args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Products are bounded; text is not multiplied."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if not numbers or (operator == "**" and (abs(left) > _LONGEST_PRODUCT or abs(right) > 64)):
            raise TooMuch(f"`{operator}` is for small numbers here")
        return super().call_binop(context, operator, left, right)


def _step() -> None:
    steps = _steps.get() + 1
    if steps > MOST_STEPS:
        raise TooMuch(f"more than {MOST_STEPS:,} rounds of loops and calls")
    _steps.set(steps)


def _counted(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        _step()
        yield item


class Compiled:
    """The templates below some folders, each compiled once and again when its file changes."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._environment = Sandbox(folders)

    def draw(self, name: str, values: Mapping[str, object], wanted_by: str) -> str:
        """The text of template `name` with `values`. Raises `SettingsError` naming the file, the line, the mistake."""
        template = self.get(name, wanted_by)
        steps = _steps.set(0)
        try:
            return _bounded(template, values)
        except RecursionError as error:
            self._fail(error, template, "it calls itself without end", "a template that ends")
        except Exception as error:  # noqa: BLE001 (a template can fail in any way; each is the template's mistake)
            self._fail(error, template, _said(error), "only what the template is given, used as it is")
        finally:
            _steps.reset(steps)

    def get(self, name: str, wanted_by: str) -> Template:
        """The compiled template. Raises `SettingsError` when it is missing or does not parse."""
        try:
            return self._environment.get_template(name)
        except TemplateNotFound as error:
            raise SettingsError([self._missing(str(error.name or name), wanted_by)]) from error
        except TemplateSyntaxError as error:
            where = f"{error.filename or error.name or name}:{error.lineno}"
            raise SettingsError([Problem(where, error.message or "it does not parse", "a Jinja2 template")]) from error
        except UnicodeDecodeError as error:
            raise SettingsError([Problem(name, f"byte {error.start} is not UTF-8", "a text file in UTF-8")]) from error
        except OSError as error:
            raise SettingsError([Problem(name, error.strerror or str(error), "a file that can be read")]) from error

    def _missing(self, name: str, wanted_by: str) -> Problem:
        near = difflib.get_close_matches(name, self._environment.list_templates(), n=1, cutoff=0.4)
        places = ", ".join(str(folder) for folder in self._folders) or "(no folder)"
        return Problem(wanted_by, f"there is no template `{name}`", f"a file below {places}", near[0] if near else None)

    def _fail(self, error: Exception, template: Template, found: str, allowed: str) -> NoReturn:
        if isinstance(error, TemplateNotFound):
            raise SettingsError([self._missing(str(error.name), str(template.filename))]) from error
        if isinstance(error, TemplateSyntaxError):
            raise SettingsError([Problem(f"{error.filename}:{error.lineno}", str(error.message), allowed)]) from error
        where = _place(error.__traceback__, self._folders) or str(template.filename)
        raise SettingsError([Problem(where, found, allowed)]) from error


def _bounded(template: Template, values: Mapping[str, object]) -> str:
    written, size = [], 0
    for chunk in template.generate(values):
        size += len(chunk)
        if size > MOST_OUTPUT:
            raise TooMuch(f"more than {MOST_OUTPUT:,} characters")
        written.append(chunk)
    return "".join(written)


def _said(error: Exception) -> str:
    if isinstance(error, TemplateError):
        return error.message or type(error).__name__
    return f"{type(error).__name__}: {error}"


def _place(trace: TracebackType | None, folders: Sequence[Path]) -> str:
    """`file:line` of the innermost template in a traceback; Jinja2 puts templates' own places there."""
    place = ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if any(Path(file).is_relative_to(folder) for folder in folders):
            place = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
