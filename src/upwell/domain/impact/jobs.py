"""Estimating an effect in the background."""

import datetime as dt
from typing import Any

from upwell.domain.impact.models import Programme
from upwell.domain.impact.operations import RUN_KIND, evaluate
from upwell.foundation.runs.models import Run
