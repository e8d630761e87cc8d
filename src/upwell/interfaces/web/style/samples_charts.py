"""Made-up charts for the style page."""

from typing import Any

from upwell.interfaces.web.charts import (
    Bracket,
    Calibration,
    Chain,
    Correction,
    Effect,
    EventStudy,
    Flow,
    Forest,
    Frontier,
    Move,
    Node,
    Offer,
    Period,
    Waterfall,
)

WATERFALL = Waterfall(
    "why-threat",
    "Boris's observation moved Ada's level most",
    1.6,
    (
        Move("Observed by Boris in a design review", 0.42, "level 3 · 9 days old · reliable observer", "#e"),
        Move("Peer feedback from Amara", 0.18, "level 2 · 3 weeks old", "#e"),
        Move("Assessment: Secure design basics", 0.11, "71 of 100 · 2 months old", "#e"),
        Move("Own rating", -0.03, "level 3 · own ratings run high here", "#e"),
        Move("Age of older evidence", -0.18, "half-life 9 months"),
    ),
    "What people in this role usually show",
    "Level now, interval 1.7–2.5",
)

EVENT_STUDY = EventStudy(
    "event-study",
    "Incidents per service fell after training and stayed lower",
    tuple(
        Period(when, estimate, estimate - width, estimate + width)
        for when, estimate, width in (
            (-6, 0.04, 0.16),
            (-5, -0.05, 0.15),
            (-4, 0.02, 0.15),
            (-3, 0.06, 0.14),
            (-2, -0.02, 0.14),
            (-1, 0.0, 0.13),
            (0, -0.08, 0.15),
            (1, -0.19, 0.15),
            (2, -0.31, 0.16),
            (3, -0.34, 0.17),
            (4, -0.29, 0.18),
            (5, -0.36, 0.2),
            (6, -0.33, 0.22),
        )
    ),
    "incidents per service and month",
)

BRACKET = Bracket(
    "bracket",
    "Training probably raised delivery quality by 0.08 to 0.41",
    (
        Effect("Difference in differences", 0.27, 0.12, 0.41, "ignores the last quarter"),
        Effect("Sequential trial", 0.2, 0.08, 0.33, "compares people like those sent"),
    ),
    "levels",
    (Effect("Minus the trend before", 0.18, -0.02, 0.38, "shown for comparison"),),
    0.1,
    "Probably raised",
    "raised",
)

FOREST = Forest(
    "forest",
    "Two of four programmes show an effect that is not chance",
    (
        Effect("Coaching for leads", 0.11, -0.09, 0.31, "88 people"),
        Effect("Incident response drills", 0.34, 0.2, 0.48, "412 people"),
        Effect("Presentation skills", -0.02, -0.1, 0.06, "640 people"),
        Effect("Threat modelling in practice", 0.24, 0.06, 0.42, "126 people"),
    ),
    "levels",
    0.1,
    "Shaded: less than the smallest worthwhile effect. In order of the alphabet.",
)

FRONTIER = Frontier(
    "frontier",
    "The same money could close 9 more gaps",
    tuple(
        Offer(budget, benefit, benefit * 0.86, benefit * 1.12)
        for budget, benefit in ((0, 0), (20, 22), (40, 37), (60, 48), (80, 56), (100, 61), (120, 64))
    ),
    "thousand euros",
    "gaps closed",
    Offer(60, 39),
)

CHAIN = Chain(
    "chain",
    "Safe payments hangs on threat modelling, where most people are below what is asked",
    ("Objective", "Capability", "Role", "Learning"),
    (
        Node("o1", "Safe payments", 0, "weight 40 %"),
        Node("o2", "Faster delivery", 0, "weight 60 %"),
        Node("c1", "Threat modelling", 1, "17 % reach it", "#c", True),
        Node("c2", "Incident response", 1, "70 % reach it", "#c"),
        Node("c3", "Testing", 1, "91 % reach it", "#c"),
        Node("r1", "Engineer", 2, "64 people"),
        Node("r2", "Site reliability", 2, "22 people"),
        Node("l1", "Threat modelling in practice", 3, "+0.24 levels"),
        Node("l2", "Incident response drills", 3, "+0.34 levels"),
    ),
    (
        Flow("o1", "c1", 26, True),
        Flow("o1", "c2", 14),
        Flow("o2", "c2", 18),
        Flow("o2", "c3", 22),
        Flow("c1", "r1", 18, True),
        Flow("c1", "r2", 8, True),
        Flow("c2", "r2", 20),
        Flow("c2", "r1", 12),
        Flow("c3", "r1", 22),
        Flow("r1", "l1", 24, True),
        Flow("r1", "l2", 10),
        Flow("r2", "l2", 20),
    ),
)

CALIBRATION = Calibration(
    "calibration",
    "Correction moves two of five ratings by half a level or more",
    (
        Correction("Chen Li", 4.5, 3.9),
        Correction("Daria Nowak", 2.0, 2.6, "category changes"),
        Correction("Elif Demir", 3.0, 3.2),
        Correction("Farid Haddad", 3.5, 3.4),
        Correction("Grace Mbeki", 4.0, 4.1),
    ),
)

EVERYTHING: dict[str, Any] = {
    "waterfall_spec": WATERFALL,
    "event_spec": EVENT_STUDY,
    "bracket_spec": BRACKET,
    "forest_spec": FOREST,
    "frontier_spec": FRONTIER,
    "chain_spec": CHAIN,
    "calibration_spec": CALIBRATION,
}
