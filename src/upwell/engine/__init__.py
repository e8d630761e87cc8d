"""The analytical library: frames in, frozen results out.

Needs neither Django nor the product. Import the step you want, as in ``from upwell.engine import levels``.
Every step is pure: no clock, no files, no network; chance only from a ``seed`` that the caller passes in.
``VERSION`` is stored with every result so that a number can be traced to the code that made it; it changes
whenever the same input would give another number.
"""

from typing import Final

VERSION: Final = "1.1.0"
