"""Made-up data for the style page."""

from datetime import UTC, date, datetime
from typing import Any

from upwell.interfaces.web.charts import Bullet, HeatCell, HeatColumn, HeatMap, HeatMode, HeatRow, Person, Sparkline
from upwell.interfaces.web.parts import (
    Anchor,
    AuditLine,
    BulletRow,
    Crumb,
    DemoSignIn,
    Entry,
    Figure,
    Heading,
    Pager,
    Pledge,
    Provenance,
    RowProblem,
    Step,
    Tab,
    Verdict,
)
from upwell.interfaces.web.shell import NavItem, NavSection, Shell

TODAY = date(2026, 11, 12)
ROSA = Person("Rosa Márquez", "Engineering manager", key="rosa")
DARIA = Person("Daria Nowak", "Engineer · 2 y 4 m in role", "#person", key="daria")
CRUMBS = [Crumb("My team", "#main"), Crumb("Payments platform")]

SHELL = Shell(
    sections=(
        NavSection(
            (
                NavItem("Today", "#today", "house"),
                NavItem("Team", "#main", "users", active=True),
                NavItem("1:1", "#one", "message-square-heart", badge="3"),
                NavItem("Review", "#review", "clipboard-check"),
                NavItem("Diagnose", "#diagnose", "compass"),
                NavItem("Decide", "#decide", "scale"),
                NavItem("Observe", "#observe", "eye"),
            )
        ),
        NavSection(
            (
                NavItem("Learning", "#learning", "graduation-cap"),
                NavItem("Strategy", "#strategy", "target"),
                NavItem("My data", "#data", "shield"),
            ),
            "Mine",
        ),
    ),
    person=ROSA,
    inbox_url="#inbox",
    unread=3,
    sign_out_url="#sign-out",
    footer_note="Northwind is a demonstration organisation: its people and ratings are made up.",
)

FIGURES = [
    Figure(
        "Role readiness",
        "71 %",
        "",
        "+4 points since May",
        "high",
        "up",
        "interval 66–75 %",
        Sparkline((58, 60, 59, 63, 64, 65, 69, 71), "Readiness rose from 58 % to 71 %"),
    ),
    Figure(
        "Critical gaps",
        "9",
        "",
        "3 closed, 1 new",
        "high",
        "down",
        "in 6 of 12 people",
        Sparkline((15, 14, 14, 12, 12, 11, 11, 9), "Critical gaps fell from 15 to 9"),
    ),
    Figure(
        "Fresh evidence",
        "83 %",
        "",
        "−2 points: 14 ratings older than 6 months",
        "low",
        "down",
        "of 144 levels",
        Sparkline((90, 88, 90, 87, 87, 85, 84, 83), "Fresh evidence fell from 90 % to 83 %", low=True),
    ),
    Figure(
        "Learning in flight",
        "14",
        "",
        "11 tied to a gap on this map",
        "high",
        "up",
        "median 3 weeks in",
        Sparkline((6, 7, 9, 9, 10, 12, 13, 14), "Learning in flight rose from 6 to 14"),
    ),
]

COLUMNS = [
    HeatColumn(name, group, "#capability", covered)
    for name, group, covered in (
        ("Service design", "Engineering", 0.75),
        ("Python craft", "Engineering", 0.92),
        ("Data modelling", "Engineering", 1.0),
        ("Testing", "Engineering", 0.91),
        ("Observability", "Reliability", 0.9),
        ("Incident response", "Reliability", 0.7),
        ("Capacity planning", "Reliability", 0.25),
        ("Threat modelling", "Security", 0.17),
        ("Secure coding", "Security", 0.73),
        ("Coaching", "Working together", 0.42),
        ("Written clarity", "Working together", 0.92),
        ("Stakeholder care", "Working together", 0.91),
    )
]

LEVELS = (
    ("Elif Demir", "Engineer", 0.50, "2.8 4.0 2.8* - - 1.8 0.6 3.8 3.0 0.6 4.0 1.5"),
    ("Amara Okafor", "Staff engineer", 0.58, "3.2 4.3 5.0 4.8 5.0* 4.8 2.0* 1.3* - 3.8 3.3 4.0"),
    ("Daria Nowak", "Engineer", 0.58, "4.0 2.5 3.5 5.0 4.5 3.5 1.0 1.8 2.0 1.0 3.5* 2.3"),
    ("Farid Haddad", "Senior engineer", 0.58, "3.8 3.8 5.0 4.0 2.3 - 2.0 2.0 4.0 2.5 3.8 2.8"),
    ("Grace Mbeki", "Engineer", 0.58, "3.3 4.8 2.8 4.0 2.8 1.8 1.5 2.5 3.8* 1.5* 3.0 -"),
    ("Hugo Lindqvist", "Engineer", 0.58, "3.0 4.3* 2.8 3.8 3.0 - 1.3 1.5 2.5 0.8* 4.0 1.8"),
    ("Ines Carvalho", "Site reliability", 0.67, "2.5 3.5 2.0 2.8 5.0 5.0 4.0 4.0 2.3* 2.3* 3.3 2.8"),
    ("Jonas Brandt", "Site reliability", 0.67, "2.3 3.0 2.3 3.0 4.8 4.5 5.0 2.0 2.8 2.3* 3.8 3.0"),
    ("Luca Moretti", "Associate", 0.75, "1.8 3.0 2.5 2.5 2.5 1.8 0.8 0.8* 2.5 0.6 2.5 2.3"),
    ("Benedikt Vogel", "Senior engineer", 0.83, "5.0 4.0 4.0 4.3 - 3.8 3.0 2.0 4.5 2.8 3.3 3.3"),
    ("Chen Li", "Senior engineer", 0.83, "4.5 5.0 4.3 4.5 3.3 4.8 2.5 2.3* 4.8 2.8 3.8 3.0"),
    ("Keiko Tanaka", "Engineer", 0.83, "3.0 4.0 3.0 4.8 2.8 3.3 1.5 1.8 2.8 2.0 3.0 2.5"),
)
ASKED = (3.0, 3.5, 3.0, 3.5, 3.0, 3.0, 2.5, 3.0, 3.0, 2.0, 3.0, 2.0)


def _cell(written: str, asked: float, index: int) -> HeatCell:
    if written == "-":
        return HeatCell(None, asked)
    thin = written.endswith("*")
    return HeatCell(float(written.rstrip("*")), asked, 1 if thin else 2 + index % 5, thin, "#why")


def heat(mode: HeatMode) -> HeatMap:
    """A team of twelve by twelve capabilities."""
    rows = [
        HeatRow(
            Person(name, role, "#person", name),
            [_cell(text, asked, at) for at, (text, asked) in enumerate(zip(levels.split(), ASKED, strict=True))],
            ready,
            name == "Daria Nowak",
        )
        for name, role, ready, levels in LEVELS
    ]
    return HeatMap(rows, COLUMNS, mode, "Payments platform: 12 people by 12 capabilities")


def modes(mode: HeatMode) -> list[Tab]:
    """The switch between gap, level and evidence."""
    return [Tab(one.value.title(), f"?mode={one.value}#map", one is mode) for one in HeatMode]


BULLETS = [
    BulletRow("Threat modelling", Bullet(1.8, 1.2, 2.4, 3), "self only · 4 months", "#c", "#why"),
    BulletRow("Capacity planning", Bullet(1.0, 0.6, 1.6, 2), "self only · 4 months", "#c", "#why"),
    BulletRow("Secure coding", Bullet(2.0, 1.7, 2.3, 3), "3 sources · 12 days", "#c", "#why"),
    BulletRow("Written clarity", Bullet(3.5, 3.1, 3.9, 3), "4 sources · 3 weeks", "#c", "#why"),
    BulletRow("Incident response", Bullet(None, required=3), "no evidence yet", "#c"),
]

EVIDENCE = [
    Entry(
        "Boris saw it in the design review",
        date(2026, 11, 3),
        "Threat modelling · level 2 · observation",
        "eye",
        url="#e",
        quote="Named three attackers before the team had drawn the first box.",
        tags=("new",),
    ),
    Entry(
        "Peer feedback from Amara",
        date(2026, 10, 21),
        "Threat modelling · level 2 · one project together",
        "message-square-heart",
    ),
    Entry("Assessment: Secure design basics", date(2026, 9, 8), "71 of 100, above the pass mark", "clipboard-check"),
    Entry("Own rating", date(2026, 7, 2), "Level 3 · counts less: own ratings run high here", "user"),
]

PLAN = [
    Entry("Plan agreed with Boris", date(2026, 10, 5), "Goal: lead a threat model alone by January", state="done"),
    Entry(
        "Threat modelling in practice", date(2026, 10, 26), "Workshop, 2 × 90 min", state="done", tags=("completed",)
    ),
    Entry("First use: payments design review", "due in 4 days", "Log it in 20 seconds", state="now", url="#log"),
    Entry(
        "Second use, with Amara beside you", date(2026, 11, 2), "10 days late: is something in the way?", state="late"
    ),
    Entry("Re-assessment", date(2027, 1, 15), "Two observers, same indicators"),
]

PATH = [
    Step("See a threat model done well", "done", "Video and worked example", "#p", "25 min"),
    Step("Practise on a known system", "now", "Exercise with answers to compare", "#p", "60 min"),
    Step("Use it on your own service", "", "Opens a commitment", "", "on the job"),
    Step("Show what changed", "", "Two observers, same indicators", "", "20 min"),
]

STEPPER = [
    Step("Upload", "done", "people.csv"),
    Step("Check", "done", "2,104 rows"),
    Step("Dry run", "now", "38 changes"),
    Step("Apply"),
    Step("Report"),
]

PLEDGE = Pledge(
    "I will draw the attack paths before the first line of code in our next two designs.",
    "Payments design reviews",
    date(2026, 12, 4),
    3,
    1,
    Person("Amara Okafor", key="amara"),
    "#log",
)

ANCHORS = [
    Anchor("1", "Aware", "Can say why threats are modelled."),
    Anchor("2", "Guided", "Fills a given template with help."),
    Anchor("3", "Independent", "Leads a threat model for one service and finds the main paths."),
    Anchor("4", "Trusted", "Leads across services; others ask for a second look."),
    Anchor("5", "Shapes", "Changes how the organisation models threats."),
]

PROBLEMS = [
    RowProblem(
        17, "manager_id", "E-9921", "No person has this number, so the reporting line cannot be drawn.", "people.csv"
    ),
    RowProblem(203, "starts_on", "31.02.2024", "There is no such day.", "people.csv"),
    RowProblem(
        411,
        "manager_id",
        "E-0411",
        "A person cannot report to themselves; the row is taken without a manager.",
        blocks=False,
    ),
]

AUDIT = [
    AuditLine(
        datetime(2026, 11, 12, 9, 41, tzinfo=UTC), "Boris Adler", "observed Ada in a design review", "evidence.observe"
    ),
    AuditLine(
        datetime(2026, 11, 12, 9, 42, tzinfo=UTC),
        "Level run 2211",
        "moved Ada's level in Threat modelling",
        "level.publish",
        "#run",
        "1.8",
        "2.1",
    ),
    AuditLine(datetime(2026, 11, 11, 16, 5, tzinfo=UTC), "Dora Fischer", "viewed Ada's feedback", "feedback.read"),
]

PROVENANCE = Provenance(
    datetime(2026, 11, 12, 4, 0, tzinfo=UTC),
    "Levels from dated evidence",
    "#method",
    "upwell 0.1.0",
    "9f2c41d07be3",
    "20261112",
    "#run",
    (("Evidence used", "6 observations by 4 people"), ("Half-life of evidence", "9 months")),
)

HEADINGS = [
    Heading("Person", "name", sorted="ascending"),
    Heading("Unit", "unit"),
    Heading("Since", "since"),
    Heading("Level", "level", number=True),
    Heading("Interval", number=True),
    Heading(""),
]

TABLE_ROWS = [
    (Person("Amara Okafor", "Staff engineer", "#p", "amara"), "Payments platform", date(2021, 3, 1), 4.3, 4.0, 4.6),
    (Person("Benedikt Vogel", "Senior engineer", "#p", "b"), "Payments platform", date(2022, 9, 12), 4.0, 3.6, 4.4),
    (Person("Chen Li", "Senior engineer", "#p", "c"), "Fraud and risk", date(2019, 1, 7), 3.7, 3.1, 4.3),
    (Person("Daria Nowak", "Engineer", "#p", "daria"), "Fraud and risk", date(2024, 7, 1), 2.1, 1.6, 2.6),
]

INBOX = [
    Entry(
        "Ada logged a first use of Threat modelling",
        "12 min ago",
        "Her commitment runs until 4 Dec",
        "target",
        "now",
        "#i",
    ),
    Entry(
        "Your review of Chen is ready to write",
        "yesterday",
        "Evidence is sorted by capability",
        "clipboard-check",
        "",
        "#i",
    ),
]

RUNGS = [
    {"name": "Engineer", "readiness": 0.96, "interval": "93–98 %", "note": "Today", "current": True},
    {
        "name": "Senior engineer",
        "readiness": 0.62,
        "interval": "55–70 %",
        "note": "Three steps, about 40 hours",
        "url": "#r",
    },
    {
        "name": "Staff engineer",
        "readiness": 0.31,
        "interval": "24–39 %",
        "note": "Coaching is the longest step",
        "url": "#r",
    },
]

DEMO_SIGN_INS = [
    DemoSignIn("ada@example.org", "demo-ada", "Ada Lindgren", "Employee: what to do next and why"),
    DemoSignIn("boris@example.org", "demo-boris", "Boris Adler", "Manager: the team now"),
    DemoSignIn("dora@example.org", "demo-dora", "Dora Fischer", "HR partner: cycles and fairness"),
    DemoSignIn("emil@example.org", "demo-emil", "Emil Novak", "L&D lead: what works"),
    DemoSignIn("gita@example.org", "demo-gita", "Gita Rao", "Auditor: why and as of when"),
]

EVERYTHING: dict[str, Any] = {
    "person": DARIA,
    "figures": FIGURES,
    "bullets": BULLETS,
    "evidence": EVIDENCE,
    "plan": PLAN,
    "path": PATH,
    "stepper": STEPPER,
    "pledge": PLEDGE,
    "anchors": ANCHORS,
    "problems": PROBLEMS,
    "audit": AUDIT,
    "provenance": PROVENANCE,
    "headings": HEADINGS,
    "pager": Pager(1, 6, 118, "people"),
    "table_rows": TABLE_ROWS,
    "inbox": INBOX,
    "rungs": RUNGS,
    "tabs": [Tab("Overview", "#t", True), Tab("Evidence", "#t", badge="6"), Tab("Plan", "#t"), Tab("History", "#t")],
    "verdicts": [
        Verdict("Probably raised by 0.1 to 0.4 levels", "raised"),
        Verdict("Not enough evidence: 40 more people needed", "unsure"),
        Verdict("No worthwhile effect", "none"),
        Verdict("Lowered by 0.1 to 0.3 levels", "lowered"),
    ],
}
