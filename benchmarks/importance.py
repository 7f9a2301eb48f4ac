"""Shares of `parameter_importances` beside the exact ones of known functions.

Seven functions have shares that quadrature gives. Their trials, a score with noise of a seventh
of its deviation each, are random or those that `BayesStrategy` proposes; each method says
from them what share each parameter has by itself, and which of them matter.

- gp          `parameter_importances`
- gp warped   the same with scores warped as `BayesStrategy` warps them
- forest      a random forest of scikit-learn on the same codes, in place of the process
- fanova      Optuna's, and its pedanova, which says an order and no shares; if it is installed

error       mean absolute difference of own shares to the exact ones, over parameters
pairs       that of the shares of pairs
inside      how often a 95 % interval holds the exact own share, within .01
width       how wide these intervals are
order       how often all parameters that matter stand before all that do not
tells       how often the method says that the trials tell anything; last line: on pure noise

The tables are of the functions without conditions, which all methods take; of the conditional
one there is a line at the end.
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestRegressor

import skhpo._importance as module
from skhpo import (
    BayesStrategy,
    Categorical,
    Float,
    Int,
    MaximizeResult,
    RandomStrategy,
    Trial,
    parameter_importances,
)
from skhpo._history import read_history
from skhpo._score_model import ScoreModel, fit_score_model
from skhpo._space import Space
from skhpo._trial import FoldResult

UNIT = Float(0.0, 1.0)
NOISE = 0.15


@dataclass(frozen=True)
class Function:
    """A function of parameters, of which those in `matter` do something.

    Parameters
    ----------
    value : callable
        Called with the parameters.
    space : dict or list of dict
        Their space.
    matter : tuple of str
        In quadrature, the others stand still.
    """

    value: Callable[..., float]
    space: Any
    matter: tuple[str, ...]


def additive(a: float, b: float, **others: float) -> float:
    """Two effects, no interaction."""
    return math.sin(2.5 * a) + 0.6 * b**2


def interaction(a: float, b: float, **others: float) -> float:
    """An interaction, no effect of its own."""
    return 4.0 * (a - 0.5) * (b - 0.5)


def ridge(C: float, gamma: float, **others: float) -> float:
    """What a support vector machine's score looks like: the product of C and gamma counts."""
    x, y = math.log10(C), math.log10(gamma)
    return math.exp(-(max(y + 1.0, 0.0) ** 2) / 2.0) / (1.0 + math.exp(-2.0 * (x + y + 1.0)))


def cliff(a: float, b: float, **others: float) -> float:
    """A tail of scores far below the others."""
    return -math.exp(4.0 * a + 2.0 * b) / 100.0


def mixed(kind: str, n: int, **others: float) -> float:
    """A category, and an integer whose effect it turns."""
    level = {"x": 0.0, "y": 0.5, "z": 1.0}[kind]
    return level + 0.1 * (n - 5) * (1.0 if kind == "z" else -1.0)


def steps(a: float, b: float, **others: float) -> float:
    """Jumps, which trees are made for and a smooth process is not."""
    return float(a > 0.6) * (1.0 + 0.7 * float(b > 0.3))


def branches(kind: str, x: float = 0.0, y: float = 0.0, w: float = 0.0) -> float:
    """Two branches with a parameter of their own each, and one that does nothing in both."""
    return 1.0 + 2.0 * x if kind == "first" else y**2


IDLE = {"idle": UNIT, "other": UNIT}
FUNCTIONS = {
    "additive": Function(additive, {"a": UNIT, "b": UNIT, **IDLE}, ("a", "b")),
    "interaction": Function(interaction, {"a": UNIT, "b": UNIT, **IDLE}, ("a", "b")),
    "ridge": Function(
        ridge,
        {"C": Float(1e-3, 1e3, log=True), "gamma": Float(1e-5, 1e1, log=True), **IDLE},
        ("C", "gamma"),
    ),
    "cliff": Function(cliff, {"a": UNIT, "b": UNIT, **IDLE}, ("a", "b")),
    "steps": Function(steps, {"a": UNIT, "b": UNIT, **IDLE}, ("a", "b")),
    "mixed": Function(
        mixed, {"kind": Categorical(["x", "y", "z"]), "n": Int(1, 10), **IDLE}, ("kind", "n")
    ),
    "branches": Function(
        branches,
        [{"kind": ["first"], "x": UNIT, "w": UNIT}, {"kind": ["second"], "y": UNIT, "w": UNIT}],
        ("kind", "x", "y"),
    ),
}


@dataclass(frozen=True)
class Exact:
    """Shares by quadrature, of single parameters and pairs, and the function's deviation."""

    own: dict[str, float]
    pairs: dict[tuple[str, str], float]
    deviation: float


def find_exact(function: Function, n: int = 200) -> Exact:
    """Quadrature at the middles of `n` equal parts of each number."""
    means, within, own, pairs = [], [], defaultdict(float), defaultdict(float)
    space = Space.from_description(function.space)
    for branch in space.branches:
        varying = [k for k in function.matter if k in branch and branch[k].n_levels != 1]
        fixed = {k: d.decode(0.5) for k, d in branch.items() if k not in varying}
        values = [
            [branch[k].decode((i + 0.5) / m) for i in range(m)]
            for k in varying
            for m in [branch[k].n_levels or n]
        ]
        grid = np.array(
            [
                function.value(**fixed, **dict(zip(varying, cell, strict=True)))
                for cell in product(*values)
            ]
        ).reshape([len(v) for v in values])
        means.append(grid.mean())
        within.append(grid.var())
        share = 1.0 / len(space.branches)
        alone = {}
        for axis, name in enumerate(varying):
            others = tuple(a for a in range(grid.ndim) if a != axis)
            alone[name] = grid.mean(axis=others).var()
            own[name] += share * alone[name]
        if grid.ndim == 2:
            pair = tuple(sorted(varying))
            pairs[pair] += share * (grid.var() - sum(alone.values()))
    total = np.mean(within) + np.var(means)
    if len(means) > 1:
        own["kind"] += np.var(means)
    names = {name for branch in space.branches for name in branch}
    return Exact(
        {name: float(own[name] / total) for name in names},
        {pair: float(value / total) for pair, value in pairs.items()},
        math.sqrt(total),
    )


def make_trials(function: Function, deviation: float, how: str, n: int, seed: int) -> Any:
    """Result of `n` trials with noise."""
    make = {"random": RandomStrategy, "bayes": BayesStrategy}[how]
    strategy = make(function.space, random_state=seed)
    rng = np.random.default_rng(seed)
    trials = []
    for _ in range(n):
        candidate = strategy.ask()
        score = function.value(**candidate.params) + NOISE * deviation * rng.normal()
        strategy.tell(candidate, score)
        folds = (FoldResult(candidate.number, 0, {"score": float(score)}),)
        trials.append(Trial(candidate.number, candidate.params, candidate.origin, folds))
    return MaximizeResult({}, 0.0, tuple(trials), space=strategy.space)


@dataclass(frozen=True)
class Found:
    """What a method says: shares, intervals, what it orders parameters by."""

    own: dict[str, float] | None
    worth: dict[str, float]
    pairs: dict[tuple[str, str], float] | None = None
    intervals: dict[str, tuple[float, float]] | None = None
    tells: bool | None = None


def by_process(result: Any) -> Found:
    """`parameter_importances`."""
    found = parameter_importances(result)
    return Found(
        {item.name: item.share for item in found.parameters},
        {item.name: item.total for item in found.parameters},
        {item.name: item.share for item in found.pairs},
        {item.name: item.interval for item in found.parameters},
        found.tells,
    )


class Warped(ScoreModel):
    """The model of `BayesStrategy` itself, of warped scores."""

    def draw(self, C: Any, n_draws: int, rng: np.random.Generator) -> Any:
        """Draw the function."""
        told = self.U, self.scores, self.noise
        theta = self.proposer.fit(*told)
        draws = self.proposer.sample(theta, *told, C, rng.standard_normal((n_draws, len(C))))
        return np.maximum(draws, self.scores.min())


def by_warped(result: Any) -> Found:
    """`parameter_importances` of warped scores."""
    made = module.fit_score_model
    module.fit_score_model = lambda *args: Warped(**vars(made(*args)))
    try:
        return by_process(result)
    finally:
        module.fit_score_model = made


def by_forest(result: Any, n_codes: int = 1024) -> Found | None:
    """Shares of the trees of a forest, by exchanging one code of two candidates."""
    model = fit_score_model(read_history(result))
    space = model.space
    if len(space.branches) > 1:
        return None
    forest = RandomForestRegressor(64, random_state=0).fit(model.U, model.scores)
    rng = np.random.default_rng(0)
    A, B = (space.sample_encoded(n_codes, rng) for _ in range(2))

    def ask(C: Any) -> Any:
        """Predictions of each tree."""
        return np.array([tree.predict(C) for tree in forest.estimators_])

    by_a, by_b = ask(A), ask(B)
    own = {}
    for column, described in enumerate(space.columns):
        mixed_codes = B.copy()
        mixed_codes[:, column] = A[:, column]
        share = (by_a * (ask(mixed_codes) - by_b)).mean(axis=1) / by_a.var(axis=1)
        own[described.name] = float(share.mean())
    return Found(own, own)


def by_optuna(result: Any, name: str) -> Found | None:
    """Importances by Optuna; None where it is not installed, or parameters are conditional."""
    try:
        import optuna
    except ImportError:
        return None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if len(result.space.branches) > 1:
        return None
    distributions = {
        key: optuna.distributions.CategoricalDistribution(dimension.choices)
        if isinstance(dimension, Categorical)
        else (
            optuna.distributions.IntDistribution
            if isinstance(dimension, Int)
            else optuna.distributions.FloatDistribution
        )(dimension.low, dimension.high, log=dimension.log)
        for key, dimension in result.space.branches[0].items()
    }
    study = optuna.create_study(direction="maximize")
    for trial in result.trials:
        study.add_trial(
            optuna.trial.create_trial(
                params=trial.params, distributions=distributions, value=trial.mean_score()
            )
        )
    evaluator = {
        "fanova": lambda: optuna.importance.FanovaImportanceEvaluator(seed=0),
        "pedanova": optuna.importance.PedAnovaImportanceEvaluator,
    }[name]()
    worth = optuna.importance.get_param_importances(study, evaluator=evaluator, normalize=False)
    return Found(dict(worth) if name == "fanova" else None, dict(worth))


METHODS = {
    "gp": by_process,
    "gp warped": by_warped,
    "forest": by_forest,
    "fanova": lambda result: by_optuna(result, "fanova"),
    "pedanova": lambda result: by_optuna(result, "pedanova"),
}


def judge(found: Found, exact: Exact, function: Function) -> dict[str, float]:
    """How near a method came."""
    own = {name: share for name, share in exact.own.items() if name in found.worth}
    row = {}
    idle = [found.worth[name] for name in own if name not in function.matter]
    row["order"] = float(
        min(found.worth[name] for name in function.matter) > max(idle, default=-1.0)
    )
    if found.own is not None:
        row["error"] = float(np.mean([abs(found.own[name] - own[name]) for name in own]))
    if found.pairs is not None:
        pairs = [tuple(sorted(pair)) for pair in combinations(own, 2)]
        pairs = [pair for pair in pairs if pair in found.pairs]
        errors = [abs(found.pairs[pair] - exact.pairs.get(pair, 0.0)) for pair in pairs]
        row["pairs"] = float(np.mean(errors))
    if found.intervals is not None:
        ends = found.intervals
        row["inside"] = float(
            np.mean([ends[k][0] - 0.01 <= own[k] <= ends[k][1] + 0.01 for k in own])
        )
        row["width"] = float(np.mean([ends[k][1] - ends[k][0] for k in own]))
    if found.tells is not None:
        row["tells"] = float(found.tells)
    return row


COLUMNS = ("error", "pairs", "inside", "width", "order", "tells")


def show(name: str, rows: list[dict[str, float]]) -> None:
    """Print the means of one method."""
    cells = []
    for column in COLUMNS:
        values = [row[column] for row in rows if column in row]
        cells.append(f"{np.mean(values):8.3f}" if values else f"{'':8}")
    print(f"{name:<24}{''.join(cells)}", flush=True)


def run(settings: list[tuple[str, int]], seeds: int) -> None:
    """Print all tables."""
    exact = {name: find_exact(function) for name, function in FUNCTIONS.items()}
    for name, found in exact.items():
        shares = {key: round(share, 3) for key, share in sorted(found.own.items())}
        print(f"{name}: own {shares}, pairs", {k: round(v, 3) for k, v in found.pairs.items()})
    by_function: dict[str, list[dict[str, float]]] = defaultdict(list)
    for how, n in settings:
        print(f"\n{f'{n} trials, {how}':<24}" + "".join(f"{c:>8}" for c in COLUMNS))
        rows: dict[str, list[dict[str, float]]] = defaultdict(list)
        for (name, function), seed in product(FUNCTIONS.items(), range(seeds)):
            result = make_trials(function, exact[name].deviation, how, n, seed)
            for method, find in METHODS.items():
                found = find(result)
                if found is not None and found.worth:
                    row = judge(found, exact[name], function)
                    # In the table, what all methods can be asked for.
                    if not isinstance(function.space, list):
                        rows[method].append(row)
                    if method == "gp":
                        by_function[name].append(row)
        for method in rows:
            show(method, rows[method])
    print("\ngp by function, over all of these")
    for name, found_rows in by_function.items():
        show(name, found_rows)
    noise = Function(lambda **params: 0.0, {"a": UNIT, "b": UNIT, **IDLE}, ())
    told = [
        parameter_importances(make_trials(noise, 1.0, "random", n, seed)).tells
        for n in sorted({n for _, n in settings})
        for seed in range(4 * seeds)
    ]
    print(f"\npure noise: tells in {np.mean(told):.3f} of {len(told)} searches")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one number of trials, one seed")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--random", type=int, nargs="*", default=[20, 50, 100, 300], metavar="N")
    parser.add_argument("--bayes", type=int, nargs="*", default=[30, 60, 100], metavar="N")
    args = parser.parse_args()
    warnings.filterwarnings("ignore", module="optuna")
    settings = [("random", n) for n in args.random] + [("bayes", n) for n in args.bayes]
    run([("random", 30)] if args.quick else settings, 1 if args.quick else args.seeds)


if __name__ == "__main__":
    main()
