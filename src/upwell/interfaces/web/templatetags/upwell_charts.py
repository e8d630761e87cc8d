"""Charts in templates: `{% load upwell_charts %}{% sparkline spec %}`."""

from django import template

from upwell.interfaces.web import charts

register = template.Library()

for draw in (
    charts.sparkline,
    charts.bullet,
    charts.share_bar,
    charts.waterfall,
    charts.event_study,
    charts.forest,
    charts.bracket,
    charts.frontier,
    charts.chain,
    charts.calibration,
):
    register.simple_tag(draw)
