"""Every chart states its finding, describes itself, brings its numbers as a table and obeys the strict policy."""

from xml.etree import ElementTree

import pytest

from upwell.interfaces.web import charts
from upwell.interfaces.web.charts import Bullet, Effect, Flow, Move, Node, Sparkline, Waterfall
from upwell.interfaces.web.style import samples_charts as samples

DRAWN = {
    "event study": (charts.event_study(samples.EVENT_STUDY), samples.EVENT_STUDY),
    "forest": (charts.forest(samples.FOREST), samples.FOREST),
    "bracket": (charts.bracket(samples.BRACKET), samples.BRACKET),
    "frontier": (charts.frontier(samples.FRONTIER), samples.FRONTIER),
    "chain": (charts.chain(samples.CHAIN), samples.CHAIN),
    "calibration": (charts.calibration(samples.CALIBRATION), samples.CALIBRATION),
}


@pytest.fixture(params=DRAWN)
def drawn(request: pytest.FixtureRequest) -> tuple[ElementTree.Element, str]:
    markup, spec = DRAWN[request.param]
    return ElementTree.fromstring(markup), spec.title


def test_the_finding_is_the_heading_and_the_name_of_the_picture(drawn: tuple[ElementTree.Element, str]) -> None:
    figure, title = drawn
    assert (figure.find("figcaption").text, figure.find(".//svg/title").text) == (title, title)
    assert figure.find(".//svg/desc").text


def test_the_same_numbers_stand_in_a_table(drawn: tuple[ElementTree.Element, str]) -> None:
    figure, _ = drawn
    table = figure.find("details//table")
    headings, first = table.findall("thead/tr/th"), table.find("tbody/tr")
    assert len(headings) == len(list(first))


def test_no_chart_needs_an_inline_style(drawn: tuple[ElementTree.Element, str]) -> None:
    figure, _ = drawn
    assert not [element for element in figure.iter() if "style" in element.attrib]


def test_identifiers_are_unique(drawn: tuple[ElementTree.Element, str]) -> None:
    figure, _ = drawn
    ids = [element.get("id") for element in figure.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) > 0


def test_a_waterfall_ends_where_its_moves_lead() -> None:
    spec = Waterfall("why", "Boris moved it", 1.6, (Move("seen", 0.4), Move("age", -0.1)))
    rows = ElementTree.fromstring(charts.waterfall(spec)).findall(".//tbody/tr")
    assert [row.findall("td")[1].text for row in rows] == ["1.6", "+0.40", "−0.10", "1.9"]


def test_a_missing_level_is_an_open_bar_and_never_a_zero() -> None:
    bar = ElementTree.fromstring(charts.bullet(Bullet(None, required=3)))
    assert bar.get("aria-label") == "No evidence yet"
    assert {rect.get("class") for rect in bar} == {"hatched", "required"}


@pytest.mark.parametrize(("value", "class_"), [(2.9, "low"), (3.0, "high")])
def test_a_bar_is_low_only_below_what_the_role_asks(value: float, class_: str) -> None:
    bar = ElementTree.fromstring(charts.bullet(Bullet(value, 2.5, 3.3, 3.0)))
    assert class_ in {rect.get("class") for rect in bar}
    assert bar.get("aria-label") == f"Level {value}, interval 2.5–3.3, role asks 3.0"


def test_a_line_needs_two_values() -> None:
    assert charts.sparkline(Sparkline((1,), "flat")) == ""


@pytest.mark.parametrize(("low", "high", "tone"), [(0.1, 0.4, "high"), (-0.4, -0.1, "low"), (-0.1, 0.2, "unsure")])
def test_an_effect_is_coloured_only_where_zero_is_excluded(low: float, high: float, tone: str) -> None:
    assert Effect("x", (low + high) / 2, low, high).tone == tone


def test_the_bracket_is_the_union_of_its_intervals() -> None:
    assert (samples.BRACKET.low, samples.BRACKET.high) == (0.08, 0.41)


def test_flows_fill_a_node_exactly() -> None:
    spec = charts.Chain(
        "c",
        "t",
        ("a", "b"),
        (Node("1", "one", 0), Node("2", "two", 1), Node("3", "three", 1)),
        (Flow("1", "2", 3), Flow("1", "3", 1)),
    )
    bars = [rect for rect in ElementTree.fromstring(charts.chain(spec)).iter("rect") if rect.get("class") == "node"]
    one, two, three = (float(rect.get("height")) for rect in bars)
    assert one == pytest.approx(two + three, rel=1e-4)
    assert two == pytest.approx(3 * three, rel=1e-4)
