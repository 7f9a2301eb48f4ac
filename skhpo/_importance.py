"""Which parameters matter: a value for each, with how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from skhpo._dimensions.domain import is_number
from skhpo._frames import make_frame, text_table
from skhpo._history import History, read_history
from skhpo._score_model import ScoreModel, fit_score_model
from skhpo._shares import Pair, Shares, find_shares

# A share below which a parameter is said not to matter, and pairs are not printed.
_MIN_SHARE = 0.05


@dataclass(frozen=True)
class Importance:
    """How much of the score's variance a parameter explains, or a pair of them.

    Parameters
    ----------
    name : str or tuple of two str
        The parameter, or both of a pair.
    share : float
        Share of its own effect in the variance over the space, in [0, 1]; of a pair, of what
        the two do together beyond their own effects.
    interval : tuple of two floats
        Interval that holds 95 % of the model's draws of it.
    total : float
        `share`, and those of all pairs that the parameter is in; of a pair, `share`.
    total_interval : tuple of two floats
        That of `total`.
    share_where_active : float
        Share of the variance within the dicts of the space that have it; `share` where all have.

    See Also
    --------
    parameter_importances : Finds them.

    Examples
    --------
    >>> from skhpo import Float, maximize, parameter_importances
    >>> space = {"x": Float(0, 1), "idle": Float(0, 1)}
    >>> result = maximize(lambda x, idle: -x, space, strategy="random", n_iter=20, random_state=0)
    >>> most = parameter_importances(result).parameters[0]
    >>> most.name, most.share > 0.9, most.matters
    ('x', True, True)
    """

    name: str | Pair
    share: float
    interval: tuple[float, float]
    total: float
    total_interval: tuple[float, float]
    share_where_active: float

    @property
    def matters(self) -> bool | None:
        """Whether `total` is above 5 %, by its interval; None if the trials do not tell."""
        low, high = self.total_interval
        if low > _MIN_SHARE:
            return True
        return False if high < _MIN_SHARE else None


@dataclass(frozen=True, repr=False)
class ParameterImportances:
    """Which parameters of a search matter; printed, it is a table.

    Parameters
    ----------
    parameters : tuple of Importance
        All parameters that vary, those of the largest `total` first. Where the dicts of the
        space differ, what tells them apart is a parameter too.
    pairs : tuple of Importance
        Their interactions, the largest first. In large spaces those of the parameters that
        change the score least are left out, and belong to `rest`.
    rest : float
        Share of what needs three parameters or more, or is finer than the analysis.
    metric : str
        The metric.
    n_trials : int
        Trials that the model was told.
    n_left_out : int
        Trials without a score.
    predicted_share : float
        Share of the scores' variance among the trials that was predicted from other trials
        [cross-validated R2]; negative where the mean predicts better.
    tells : bool
        Whether the trials tell anything: the model predicts better than the mean does.
    why : str
        If not, the reason.

    See Also
    --------
    parameter_importances : Makes it.
    ParameterImportanceDisplay : Draws it.

    Examples
    --------
    >>> from skhpo import Float, maximize, parameter_importances
    >>> space = {"x": Float(0, 1), "idle": Float(0, 1)}
    >>> result = maximize(lambda x, idle: -x, space, strategy="random", n_iter=20, random_state=0)
    >>> importances = parameter_importances(result)
    >>> importances.tells, [importance.name for importance in importances.parameters]
    (True, ['x', 'idle'])
    """

    parameters: tuple[Importance, ...]
    pairs: tuple[Importance, ...]
    rest: float
    metric: str
    n_trials: int
    n_left_out: int
    predicted_share: float
    tells: bool
    why: str

    def __repr__(self) -> str:
        """Table of parameters and of the pairs that may matter."""
        lines = [("parameter", "share", "95 % interval", "with interactions")]
        large = [pair for pair in self.pairs if pair.share >= _MIN_SHARE]
        for item in (*self.parameters, *large):
            low, high = item.interval
            name = item.name if isinstance(item.name, str) else " x ".join(item.name)
            total = f"{item.total:.0%}" if isinstance(item.name, str) else ""
            lines.append((name, f"{item.share:.0%}", f"{low:.0%} to {high:.0%}", total))
        told = []
        if not self.tells:
            told.append(f"The trials do not tell which parameters matter: {self.why}.")
        if self.parameters:
            told.append(
                f"Shares of the variance of {self.metric} over the space, by {self.n_trials} trials"
            )
            told.append(text_table(lines))
        return "\n".join(told)

    def to_frame(self) -> Any:
        """Make a pandas DataFrame of parameters and pairs.

        Returns
        -------
        frame : pandas.DataFrame
            One row for each parameter, then one for each pair: `parameter`, `other` (None for
            a single one), `share`, `low`, `high`, `total`, `total_low`, `total_high`,
            `share_where_active`.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        rows = []
        for item in (*self.parameters, *self.pairs):
            name, other = (item.name, None) if isinstance(item.name, str) else item.name
            shares = (item.share, *item.interval, item.total, *item.total_interval)
            rows.append((name, other, *shares, item.share_where_active))
        columns = ["parameter", "other", "share", "low", "high"]
        columns += ["total", "total_low", "total_high", "share_where_active"]
        return make_frame(rows, instead="`parameters` and `pairs`", columns=columns)


def parameter_importances(
    search: Any,
    metric: str | None = None,
    *,
    floor: float | None = None,
    random_state: int = 0,
) -> ParameterImportances:
    """Find which parameters of a finished search matter.

    Parameters
    ----------
    search : GridSearch, RandomSearch, BayesSearch or MaximizeResult
        Fitted; one of scikit-learn's will do.
    metric : str or None, default=None
        Which of several metrics; None is the one of ``refit``.
    floor : float or None, default=None
        A score: what is worse counts as if it were this. With the score of the estimator's
        defaults, the shares are of the improvement over them; without, what matters may be
        only whether the score is very bad.
    random_state : int, default=0
        Seed of the draws.

    Returns
    -------
    importances : ParameterImportances

    Raises
    ------
    TypeError
        If `search` is neither a search nor a result of `maximize`.
    NotFittedError
        If it is not fitted.
    ValueError
        If `metric` is unknown, or needed and missing; if `floor` is no finite number.

    See Also
    --------
    ParameterImportanceDisplay : Draws the shares.
    ParameterEffectDisplay : Draws what one or two parameters do.

    Notes
    -----
    The score's variance over the space, where every candidate is as likely as `RandomSearch`
    draws it, is split into the parameters' own effects and those of pairs [1]_. It is that of a
    model, which is asked everywhere, so that it matters little where the trials are: of the
    Gaussian process that `BayesSearch` proposes by, of scores as they are, in the place of the
    forest of [1]_, because it came nearer to exact shares of known functions
    (``benchmarks/importance.py``). Intervals come from 200 draws of it, whose hyper-parameters
    were found with each fifth of the trials left out; how well it predicts these says whether the
    trials tell anything. Draws deviate the more, the worse trials are predicted from the others,
    each counted by the part of the space that it stands for. Trials of `BayesSearch` are near the
    best candidates, and say less of the rest of the space than as many random ones: the intervals
    are wider. After a few tens of such trials they still hold the exact share less often than
    they say, most of all where the score jumps or falls steeply in a part that has few trials.

    Where the space is a list of dicts, the variance is split within each, where each parameter
    is either active or not, and between them; [3]_ shows how misleading other ways may be.
    `floor` is the improvement over a baseline of [1]_; [2]_ asks what it takes to be among the
    best candidates instead.

    References
    ----------
    .. [1] F. Hutter, H. Hoos, K. Leyton-Brown, "An efficient approach for assessing
       hyperparameter importance", ICML 2014.
    .. [2] S. Watanabe, A. Bansal, F. Hutter, "PED-ANOVA: efficiently quantifying hyperparameter
       importance in arbitrary subspaces", IJCAI 2023.
    .. [3] K. Baba, Y. Ozaki, S. Watanabe, "Conditional PED-ANOVA: hyperparameter importance in
       hierarchical and dynamic search spaces", arXiv:2601.20800, 2026.

    Examples
    --------
    >>> from skhpo import Float, maximize, parameter_importances
    >>> space = {"x": Float(0, 1), "y": Float(0, 1), "idle": Float(0, 1)}
    >>> def height(x, y, idle):
    ...     return -((x - 0.5) * (y - 0.5))
    >>> result = maximize(height, space, strategy="random", n_iter=40, random_state=0)
    >>> parameter_importances(result).pairs[0].name
    ('x', 'y')
    """
    if floor is not None and not is_number(floor):
        raise ValueError(
            f"`floor` must be a finite number or None, got {floor!r}; pass a score, such as that "
            "of the estimator's defaults."
        )
    return find_importances(read_history(search, metric), floor, random_state)[0]


def find_importances(
    history: History, floor: float | None = None, random_state: int = 0
) -> tuple[ParameterImportances, ScoreModel | None]:
    """Importances, and the model that they are of; None where the trials tell nothing."""
    try:
        model = fit_score_model(history, floor)
    except ValueError as error:
        n_trials = int(np.isfinite(history.scores).sum())
        n_left_out = len(history.trials) - n_trials
        nan = float("nan")
        nothing = ParameterImportances(
            (), (), nan, history.label, n_trials, n_left_out, nan, False, str(error)
        )
        return nothing, None
    shares = find_shares(model, np.random.default_rng(random_state))
    pairs = [_summarise(shares, name) for name in shares.pairs]
    parameters = [_summarise(shares, name) for name in shares.own]
    known = sum(item.share for item in (*parameters, *pairs))
    found = ParameterImportances(
        parameters=tuple(sorted(parameters, key=lambda item: -item.total)),
        pairs=tuple(sorted(pairs, key=lambda item: -item.share)),
        rest=max(1.0 - known, 0.0),
        metric=history.label,
        n_trials=len(model.scores),
        n_left_out=model.n_left_out,
        predicted_share=model.predicted_share,
        tells=model.tells,
        why="" if model.tells else "a model of them predicts held-out trials no better than chance",
    )
    return found, model


def _summarise(shares: Shares, name: str | Pair) -> Importance:
    """Mean and interval over draws."""
    if isinstance(name, str):
        own = shares.own[name]
        total = own + sum(draws for pair, draws in shares.pairs.items() if name in pair)
    else:
        own = total = shares.pairs[name]
    ends = [np.quantile(draws, [0.025, 0.975]).tolist() for draws in (own, total)]
    return Importance(
        name=name,
        share=float(own.mean()),
        interval=(ends[0][0], ends[0][1]),
        total=float(total.mean()),
        total_interval=(ends[1][0], ends[1][1]),
        share_where_active=shares.where_active[name],
    )
