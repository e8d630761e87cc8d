"""Was the draw or the queue balanced before anybody was treated?"""

import numpy as np

from upwell.engine.numerics.impact_balance import agreement
from upwell.engine.numerics.impact_moments import Floats, Ints, Moments


def balance_p_value(stats: Moments) -> float | None:
    """Test that cohorts agree, before the first treatment, in mean result and in the last result.

    The labels of people (of clusters, by their sums) inside strata are compared with all orders a draw could have
    given them, so cohorts may be small. A cluster with several dates was not drawn as one, so people are then compared.
    People seen in every period before the first treatment count. None where there are no results before the first
    treatment or only one cohort inside every stratum.
    """
    first = int(stats.cohort.min())
    if first < 1:
        return None
    used = stats.seen[stats.row_of][:, :first].all(axis=1)
    before = stats.outcome[used, :first]
    values = before if first == 1 else np.column_stack([before.mean(axis=1), before[:, -1]])
    label, stratum = stats.cohort[stats.row_of][used], stats.stratum[stats.row_of][used]
    if not len(label):
        return None
    if stats.cluster is None:
        return agreement(values, label, stratum)
    return _by_cluster(values, label, stratum, stats.cluster[used])


def _by_cluster(values: Floats, label: Ints, stratum: Ints, cluster: Ints) -> float | None:
    """The test on the sums over each cluster of distances from the stratum's mean."""
    code = np.unique(cluster, return_inverse=True)[1]
    head = np.unique(code, return_index=True)[1]
    if (label[head][code] != label).any() or (stratum[head][code] != stratum).any():
        return agreement(values, label, stratum)
    own = np.unique(stratum, return_inverse=True)[1]
    means = np.stack([np.bincount(own, weights=column) for column in values.T], axis=1) / np.bincount(own)[:, None]
    apart = values - means[own]
    sums = np.stack([np.bincount(code, weights=column) for column in apart.T], axis=1).astype(np.float64)
    return agreement(sums, label[head], stratum[head])
