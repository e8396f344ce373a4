"""The kinds of plots that orion-pbt adds to Oríon's.

Oríon's folder ``orion/plotting`` has no ``__init__.py``, so by PEP 420 other distributions may
have a part in it. This file is orion-pbt's. Python runs it when anything of ``orion.plotting`` is
imported for the first time, before `orion plot` asks which kinds there are; a process that does
not touch Oríon never sees it. See docs/decisions/0009-plot-kinds.md.
"""

from importlib import import_module
from pkgutil import extend_path

from orion_pbt.plotting.kinds import register

__path__ = extend_path(__path__, __name__)  # where Oríon's own modules are

register(import_module("orion.plotting.base"))
