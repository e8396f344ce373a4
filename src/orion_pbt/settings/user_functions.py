"""Functions of the user's own, named in settings."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from dataclasses import dataclass
from typing import Any, Callable

from orion_pbt.errors import ConfigurationError, bad_setting
from orion_pbt.settings.suggestions import did_you_mean


@dataclass(frozen=True)
class UserFunction:
    """A function of the user's own, named in a setting.

    Parameters
    ----------
    setting:
        The user's setting, for errors.
    name:
        ``'module:function'``. The module is one that can be imported, or a file in the working
        directory.
    arguments:
        The names of what it may be called with; it gets those that its own arguments name.
    """

    setting: str
    name: str
    arguments: tuple[str, ...]

    def __call__(self, **arguments: Any) -> Any:
        """Call the function with those of the arguments that it names."""
        function, names = self.load()
        return function(**{name: arguments[name] for name in names})

    def load(self) -> tuple[Callable[..., Any], list[str]]:
        """Return the function and the names of the arguments that it is called with.

        Raises
        ------
        ConfigurationError
            If it cannot be imported, or needs other arguments.
        """
        module, _, attribute = self.name.partition(":") if isinstance(self.name, str) else ("",) * 3
        if not module or not attribute:
            raise self._error(
                "a function is named by 'module:function'", "Use e.g. 'my_strategies:double'."
            )
        function = self._find(module, attribute)
        if not callable(function):
            raise self._error("it is no function", "Name one.")
        names = []
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                return function, list(self.arguments)
            if parameter.name in self.arguments and parameter.kind is not parameter.POSITIONAL_ONLY:
                names.append(parameter.name)
            elif (
                parameter.default is parameter.empty and parameter.kind != parameter.VAR_POSITIONAL
            ):
                raise self._error(
                    f"its argument {parameter.name!r} is none that it could be called with",
                    f"It may take any of {', '.join(self.arguments)}.",
                )
        return function, names

    def _find(self, module: str, attribute: str) -> Any:
        found: Any = sys.modules.get(module)
        if found is None:
            here = os.getcwd()  # the commands of Oríon do not look there
            paths = [] if here in sys.path else [here]
            sys.path += paths
            try:
                found = importlib.import_module(module)
            except Exception as error:
                raise self._error(
                    f"importing {module} failed: {type(error).__name__}: {error}",
                    f"Install it, or start from the directory that it is in; this is {here}.",
                ) from error
            finally:
                for path in paths:
                    sys.path.remove(path)
        if not hasattr(found, attribute):
            raise self._error(
                f"{module} has no {attribute!r}",
                did_you_mean(attribute, filter(str.isidentifier, vars(found))),
            )
        return getattr(found, attribute)

    def _error(self, rule: str, remedy: str) -> ConfigurationError:
        return bad_setting(self.setting, self.name, rule, remedy)
