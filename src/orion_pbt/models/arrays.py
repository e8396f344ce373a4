"""What the models compute with."""

from __future__ import annotations

from typing import Any

import numpy

Array = numpy.ndarray[Any, numpy.dtype[numpy.float64]]
