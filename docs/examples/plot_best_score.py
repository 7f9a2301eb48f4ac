"""
What the best score is worth
============================

The best of many validation scores rises with the number of candidates, also where there is
nothing to find. ``corrected_score_`` says what is left of it on fresh rows.
"""

# %%
# Two kinds of data
# -----------------
# 100 rows of ten columns and two classes. In the first kind the columns have nothing to do
# with the classes: no model is right on fresh rows more often than half of the time. In the
# second, four columns tell a little of them.

import numpy as np


def draw(n_rows, gap, rng):
    """Draw columns and classes; `gap` is how far the classes are apart in four columns."""
    y = rng.permutation(np.arange(n_rows) % 2)
    X = rng.normal(size=(n_rows, 10))
    X[:, :4] += gap * (2 * y - 1)[:, None]
    return X, y


# %%
# Searches of 1 to 100 candidates
# -------------------------------
# Each search says two things of its winner: ``best_score_``, and ``corrected_score_`` with
# its interval. The truth is the score of the refitted winner on 5,000 fresh rows, which
# nobody has outside of an example. All of it is averaged over ten draws of the rows.

from sklearn.tree import DecisionTreeClassifier

from skhpo import Float, Int, RandomSearch

space = {
    "max_depth": Int(1, 8),
    "min_samples_leaf": Int(1, 20, log=True),
    "max_features": Float(0.1, 1.0),
}
n_candidates = [1, 3, 10, 30, 100]


def search_and_see(gap, seed):
    """Best score, corrected score, its interval and the truth, by number of candidates."""
    rng = np.random.default_rng(seed)
    X, y = draw(100, gap, rng)
    X_fresh, y_fresh = draw(5000, gap, rng)
    found = []
    for n_iter in n_candidates:
        tree = DecisionTreeClassifier(random_state=0)
        search = RandomSearch(tree, space, n_iter=n_iter, random_state=seed).fit(X, y)
        truth = search.score(X_fresh, y_fresh)
        interval = search.corrected_interval_
        found.append([search.best_score_, search.corrected_score_, *interval, truth])
    return found


kinds = {"no signal": 0.0, "a weak signal": 0.45}
means = {
    kind: np.mean([search_and_see(gap, seed) for seed in range(10)], axis=0)
    for kind, gap in kinds.items()
}

for kind, table in means.items():
    print(f"{kind:<14} {'best':>10} {'corrected':>10} {'truth':>10}")
    for n_iter, (best, corrected, _, _, truth) in zip(n_candidates, table, strict=True):
        print(f"{n_iter:>3} candidates {best:>10.3f} {corrected:>10.3f} {truth:>10.3f}")

# %%
# The picture
# -----------
# The gap between the upper line and the dashed one is what the best score owes to having
# been chosen. The band is the mean of the 95 % intervals.

import matplotlib.pyplot as plt

# Of the palette by Okabe and Ito, which the colour-blind can tell apart.
lines = {
    "best score": {"color": "#D55E00", "marker": "o"},
    "corrected": {"color": "#0072B2", "marker": "s"},
    "truth": {"color": "#222222", "linestyle": "--"},
}
fig, axes = plt.subplots(1, 2, figsize=(8.4, 4.2), sharey=True, layout="constrained")
for ax, (kind, table) in zip(axes, means.items(), strict=True):
    best, corrected, low, high, truth = table.T
    ax.fill_between(n_candidates, low, high, color="#0072B2", alpha=0.13, linewidth=0)
    for (name, style), scores in zip(lines.items(), (best, corrected, truth), strict=True):
        ax.plot(n_candidates, scores, linewidth=2, markersize=5, **style)
        # Corrected score and truth end close to each other: their names stand apart.
        shift = {"corrected": 0.02, "truth": -0.02}.get(name, 0.0)
        shift *= 1 if corrected[-1] >= truth[-1] else -1
        end = 1.15 * n_candidates[-1], scores[-1] + shift
        ax.annotate(name, end, color=style["color"], va="center", annotation_clip=False)
    ax.annotate("95 % interval", (n_candidates[2], low[2] + 0.02), color="#0072B2", ha="center")
    ax.set(xscale="log", xlabel="candidates", ylim=(0.3, 0.9))
    ax.set_xticks(n_candidates, map(str, n_candidates))
    ax.minorticks_off()
    ax.set_title(kind, loc="left", fontweight="bold")
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
axes[0].set_ylabel("accuracy")
plt.show()

# %%
# With one candidate nothing is chosen: best and corrected score are the same. After that the
# best score climbs, without a signal as well as with one. The corrected score stays near the
# truth: at a half where there is nothing to find, and where there is something, up by what
# was really found.
#
# Nothing but the validation folds went into it, and no model was fitted for it. On 100 rows
# a single search's corrected score has a large error, as the band says; what is drawn here
# is the mean of ten.
