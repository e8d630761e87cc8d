"""Settings for the type checker: the product's own, without a key file; nothing is started or written."""

import os

os.environ.setdefault("UPWELL_SECRET_KEY", "for-types-only")

from upwell.config.settings import *  # noqa: F403
