"""What is expected of capability means: alike among each other, and together anywhere near the middle."""

import numpy as np
import pyarrow as pa
from tests.engine.numerics.test_compiled import EDGES, drawn, start

from upwell.engine import levels
from upwell.engine.numerics.learning import HyperPrior, common_information


def test_many_capabilities_are_no_evidence_for_the_common_position() -> None:
    few, many = drawn(0, capabilities=2), drawn(0, capabilities=8)
    found = [
        common_information(design, start(n), HyperPrior(start(n)), np.full(design.n_raters, 0.2), 0.0)
        for design, n in ((few, 2), (many, 8))
    ]
    assert found[0] == found[1]


def test_a_strong_company_is_found_strong_however_many_capabilities_are_rated() -> None:
    """With a prior on every mean alone, sixteen capabilities held their average back sixteen times."""
    rng = np.random.default_rng(5)
    n, m = 48, 16
    truth = 4.0 + rng.normal(0, 0.5, (n, 1)) + rng.normal(0, 0.5, (n, m))
    seen = truth + rng.normal(0, 1.0, (n, m))
    person, capability = np.indices((n, m))
    table = pa.table(
        {
            "person": person.ravel(), "capability": capability.ravel(), "rater": person.ravel() // 8,
            "source": ["manager"] * (n * m), "category": 1 + (seen[..., None] > EDGES[1:5]).sum(axis=-1).ravel(),
            "rated_on": [100] * (n * m),
        }
    )  # fmt: skip
    found = levels.estimate(table, as_of=100).estimates
    assert 3.85 < found["level"].to_numpy().mean() < 4.15
