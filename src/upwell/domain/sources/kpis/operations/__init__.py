"""The verbs of metrics."""

from upwell.domain.sources.kpis.operations.metrics import define_metric, link_metric, retire_metric
from upwell.domain.sources.kpis.operations.values import ValueSpec, record_value, record_values

__all__ = ["ValueSpec", "define_metric", "link_metric", "record_value", "record_values", "retire_metric"]
