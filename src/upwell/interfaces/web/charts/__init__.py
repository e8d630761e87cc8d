"""Charts drawn on the server: frozen specifications in, safe SVG out. Each also has the same numbers as a table."""

from upwell.interfaces.web.charts.calibration import Calibration, Correction, calibration
from upwell.interfaces.web.charts.chain import Chain, Flow, Node, chain
from upwell.interfaces.web.charts.event_study import EventStudy, Period, event_study
from upwell.interfaces.web.charts.forest import Bracket, Effect, Forest, bracket, forest
from upwell.interfaces.web.charts.frontier import Frontier, Offer, frontier
from upwell.interfaces.web.charts.heat_map import HeatCell, HeatColumn, HeatMap, HeatMode, HeatRow
from upwell.interfaces.web.charts.person import Person
from upwell.interfaces.web.charts.small import Bullet, Sparkline, bullet, share_bar, sparkline
from upwell.interfaces.web.charts.waterfall import Move, Waterfall, waterfall

__all__ = [
    "Bracket",
    "Bullet",
    "Calibration",
    "Chain",
    "Correction",
    "Effect",
    "EventStudy",
    "Flow",
    "Forest",
    "Frontier",
    "HeatCell",
    "HeatColumn",
    "HeatMap",
    "HeatMode",
    "HeatRow",
    "Move",
    "Node",
    "Offer",
    "Period",
    "Person",
    "Sparkline",
    "Waterfall",
    "bracket",
    "bullet",
    "calibration",
    "chain",
    "event_study",
    "forest",
    "frontier",
    "share_bar",
    "sparkline",
    "waterfall",
]
