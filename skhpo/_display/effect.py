"""What one or two parameters do to the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._display.display import Display
from skhpo._display.drawing import (
    BLUE,
    clean,
    escape,
    inches,
    ink,
    legend_above,
    low_limit,
    shorten_names,
    show_from,
    turn_labels,
    wrap_sentence,
)
from skhpo._display.scales import Scale, make_scale
from skhpo._effect import find_effect
from skhpo._history import History, read_history
from skhpo._importance import find_importances
from skhpo._score_model import ScoreModel, fit_score_model

Array = NDArray[np.float64]

# Values of a number along a line, and along each side of a map.
_N_VALUES, _N_SIDE = 25, 13
_EXPECTED = "expected"
# Of a map's range: what is less sure is neither of the higher nor of the lower half.
_MAX_WIDTH = 0.5


@dataclass(repr=False)
class ParameterEffectDisplay(Display):
    """Partial dependence of the score on one or two parameters, the others averaged out.

    Make it with `from_estimator`.

    Parameters
    ----------
    parameters : tuple of str
        One or two.
    values : tuple of list
        Values of each at which the effect is known.
    mean, low, high : ndarray of shape (n_values,) or (n_values, n_values of the second)
        Score that a model of the trials expects, and the ends of its 95 % interval; nan where
        two parameters do not go together.
    tried : ndarray of shape (n_trials, n_parameters)
        Places on the axes of the trials that have the parameters and a score.
    scores : ndarray of shape (n_trials,)
        Their scores.
    label : str
        Name of the metric.
    floor : float
        Worse scores count as if they were this; -inf if there are none.
    tells : bool
        Whether a model of the trials predicts better than chance.
    scales : tuple of Scale
        Axes of the parameters: `name`, `low`, `high`, `is_log`, and `levels` of choices.

    Attributes
    ----------
    is_unsure : ndarray of bool, of the shape of `mean`
        Where the interval is wider than half of the range of `mean`: of two parameters, the map
        is hatched there.
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    See Also
    --------
    parameter_importances : Which parameters matter.

    Examples
    --------
    >>> from skhpo import Float, ParameterEffectDisplay, maximize
    >>> space = {"x": Float(0, 1), "y": Float(0, 1)}
    >>> result = maximize(lambda x, y: y - x**2, space, n_iter=15, random_state=0)
    >>> display = ParameterEffectDisplay.from_estimator(result, "x")
    >>> bool(display.mean[0] > display.mean[-1])
    True
    """

    parameters: tuple[str, ...]
    values: tuple[list[Any], ...]
    mean: Array
    low: Array
    high: Array
    tried: Array
    scores: Array
    label: str
    floor: float
    tells: bool
    scales: tuple[Scale, ...]

    @classmethod
    def from_estimator(
        cls,
        search: Any,
        parameters: str | Sequence[str] | None = None,
        *,
        metric: str | None = None,
        floor: float | None = None,
        random_state: int = 0,
        ax: Any = None,
    ) -> ParameterEffectDisplay:
        """Find and draw the effect of one or two parameters.

        Parameters
        ----------
        search : GridSearch, RandomSearch, BayesSearch or MaximizeResult
            Fitted; one of scikit-learn's will do.
        parameters : str, sequence of str or None, default=None
            Name of a parameter, or of two. None is the two that matter most, as
            `parameter_importances` finds them; of a conditional space, two that go together.
        metric : str or None, default=None
            Which of several metrics; None is the one of ``refit``.
        floor : float or None, default=None
            A score: what is worse counts as if it were this, so that a few very bad trials do
            not hide all else. None is four times as far from the best score as the median is,
            or the worst tenth's score, whichever is lower.
        random_state : int, default=0
            Seed of the draws.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : ParameterEffectDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the search is not fitted.
        TypeError
            If it is no search.
        ValueError
            If the space lacks a parameter, or there are not one or two; if fewer than ten
            trials have a score, or all score the same.
        """
        history = read_history(search, metric)
        if parameters is None:
            found, best = find_importances(history, _choose_floor(history, floor), random_state)
            if best is None:
                raise ValueError(f"The trials tell nothing of any parameter: {found.why}.")
            names = _choose_two(history, [parameter.name for parameter in found.parameters])
            return make_effect_display(history, best, names, random_state).plot(ax=ax)
        names = (parameters,) if isinstance(parameters, str) else tuple(parameters)
        if not 1 <= len(set(names)) == len(names) <= 2:
            raise ValueError(
                f"`parameters` must be one name or two different ones, got {parameters!r}; draw "
                "more parameters one by one."
            )
        for name in names:
            make_scale(history, name)
        try:
            model = fit_above_floor(history, floor)
        except ValueError as error:
            raise ValueError(f"The trials tell nothing of {list(names)}: {error}.") from None
        return make_effect_display(history, model, names, random_state).plot(ax=ax)

    @property
    def is_unsure(self) -> NDArray[np.bool_]:
        """Where the interval is wider than half of the range of `mean`."""
        known = self.mean[np.isfinite(self.mean)]
        span = np.ptp(known) if len(known) else 0.0
        unsure: NDArray[np.bool_] = self.high - self.low > _MAX_WIDTH * span
        return unsure

    def _draw(self) -> None:
        """Draw it on `ax_`."""
        ax = self.ax_
        if len(self.parameters) == 1:
            self._draw_line()
        else:
            self._draw_map()
        ax.set_xlabel(shorten_names(self.parameters, 30)[self.parameters[0]])
        said = []
        if not self.tells:
            said.append("The trials do not tell: a model of them predicts no better than chance.")
        if len(self.parameters) == 2 and self.is_unsure.any():
            said.append("Hatched: the 95 % interval is wider than half of the map's range.")
        if said:
            ax.set_title("\n".join(map(wrap_sentence, said)), fontsize="small", loc="left")

    def _draw_line(self) -> None:
        """Draw the effect of one parameter, and the trials."""
        ax, scale = self.ax_, self.scales[0]
        places = np.array([scale.place(value) for value in self.values[0]])
        tried = self.tried[:, 0]
        if scale.levels is not None:
            # Trials of one level beside each other, the same way each time.
            tried = tried + np.random.default_rng(0).uniform(-0.22, 0.22, size=len(tried))
            errors = np.array([self.mean - self.low, self.high - self.mean])
            ax.errorbar(
                places, self.mean, yerr=np.maximum(errors, 0.0), fmt="o", color=BLUE,
                capsize=4, elinewidth=1.8, markersize=6, zorder=3, label=_EXPECTED,
            )  # fmt: skip
        else:
            ax.fill_between(places, self.low, self.high, color=BLUE, alpha=0.22, linewidth=0)
            ax.plot(places, self.mean, color=BLUE, linewidth=2.0, zorder=3, label=_EXPECTED)
        is_shown = self.scores >= self.floor
        style = {
            "s": np.clip(2000 / max(len(tried), 1), 6, 18),
            "color": ink(0.45),
            "linewidths": 0,
        }
        ax.scatter(tried[is_shown], self.scores[is_shown], label="trials", **style)
        if not is_shown.all():
            worse = tried[~is_shown]
            ax.scatter(worse, [self.floor] * len(worse), marker="v", label="worse", **style)
            show_from(ax, self.floor, float(max(self.scores.max(), self.high.max())))
        scale.set_on("x", ax)
        _turn_long_labels(ax, scale)
        ax.set_ylabel(escape(self.label))
        clean(ax)
        if self.tells:
            legend_above(ax)

    def _draw_map(self) -> None:
        """Draw the effect of two parameters, and where the trials are."""
        ax, (across, up) = self.ax_, self.scales
        x, y = (
            np.array([s.place(v) for v in values])
            for s, values in zip(self.scales, self.values, strict=True)
        )
        Z = np.ma.masked_invalid(self.mean.T)
        if across.levels is None and up.levels is None:
            drawn = ax.contourf(x, y, Z, levels=12, cmap="viridis")
        else:
            drawn = ax.pcolormesh(_edges(x, across), _edges(y, up), Z, cmap="viridis")
        self._veil(x, y)
        tried = self.tried.copy()
        jitter = np.random.default_rng(0).uniform(-0.25, 0.25, size=tried.shape)
        is_level = [scale.levels is not None for scale in self.scales]
        tried[:, is_level] += jitter[:, is_level]
        ax.scatter(
            *tried.T, s=14, color="white", edgecolors="black", linewidths=0.6, alpha=0.9, zorder=2
        )
        best = int(np.argmax(self.scores))
        ax.scatter(
            *tried[best], s=120, marker="*", color="white", edgecolors="black", linewidths=0.9,
            zorder=2,
        )  # fmt: skip
        for scale, axis in ((across, "x"), (up, "y")):
            scale.set_on(axis, ax)
        _turn_long_labels(ax, across)
        ax.set_ylabel(shorten_names(self.parameters, 24)[self.parameters[1]])
        bar = ax.figure.colorbar(drawn, ax=ax, label=escape(self.label))
        bar.ax.locator_params(nbins=6)
        bar.outline.set_visible(False)
        for spine in ax.spines.values():
            spine.set_visible(False)

    def _veil(self, x: Array, y: Array) -> None:
        """Fade and hatch the map where it is not sure."""
        from matplotlib import rc_context
        from matplotlib.colors import ListedColormap

        if not self.is_unsure.any():
            return
        ax, (across, up) = self.ax_, self.scales
        # The veil is of the background, so that the lines on it are seen as text is.
        veil = ListedColormap([ax.get_facecolor()])
        style = {"cmap": veil, "alpha": 0.55, "zorder": 1.5}
        with rc_context({"hatch.color": ink(), "hatch.linewidth": 0.8}):
            if across.levels is None and up.levels is None:
                unsure = self.is_unsure.T.astype(float)
                ax.contourf(x, y, unsure, levels=[0.5, 1.5], hatches=["///"], **style)
            else:
                unsure = np.ma.masked_where(~self.is_unsure.T, np.ones(self.mean.T.shape))
                edges = _edges(x, across), _edges(y, up)
                ax.pcolor(*edges, unsure, hatch="///", linewidth=0, **style)


def fit_above_floor(
    history: History, floor: float | None = None, model: ScoreModel | None = None
) -> ScoreModel:
    """Model of scores above a floor; None is the one that effects have.

    If `model` has this floor already, it is given back.

    Raises
    ------
    ValueError
        As `fit_score_model` does.
    """
    limit = _choose_floor(history, floor)
    if model is not None and model.floor == limit:
        return model
    return fit_score_model(history, limit)


def _choose_floor(history: History, floor: float | None) -> float:
    """The floor that was asked for, or the one that effects have."""
    return _find_floor(history.scores) if floor is None else float(floor)


def _choose_two(history: History, names: Sequence[Any]) -> tuple[str, ...]:
    """The first of names, and the next that some candidate has together with it."""
    first, *others = names
    together = [
        name
        for name in others
        if any(first in branch and name in branch for branch in history.space.branches)
    ]
    return (first, *together[:1])


def make_effect_display(
    history: History, model: ScoreModel, names: tuple[str, ...], random_state: int = 0
) -> ParameterEffectDisplay:
    """Display of what one or two parameters do by a model, not drawn yet."""
    scales = tuple(make_scale(history, name) for name in names)
    values = tuple(scale.grid(_N_VALUES if len(names) == 1 else _N_SIDE) for scale in scales)
    places = [
        dict(zip(names, (value, *rest), strict=True))
        for value in values[0]
        for rest in ([()] if len(names) == 1 else [(second,) for second in values[1]])
    ]
    effect = find_effect(model, places, random_state)
    shape = tuple(len(each) for each in values)
    rows = _rows(history, names)
    return ParameterEffectDisplay(
        parameters=names,
        values=values,
        mean=effect.mean.reshape(shape),
        low=effect.low.reshape(shape),
        high=effect.high.reshape(shape),
        tried=np.array(
            [[s.place(history.trials[row].params[s.name]) for s in scales] for row in rows]
        ).reshape(len(rows), len(names)),
        scores=history.scores[rows],
        label=history.label,
        floor=model.floor,
        tells=model.tells,
        scales=scales,
    )


def _find_floor(scores: Array) -> float:
    """Score below which a few trials are that are far worse than the others."""
    limit = low_limit(scores)
    return min(limit, float(np.nanquantile(scores, 0.1))) if np.isfinite(limit) else limit


def _rows(history: History, names: Sequence[str]) -> list[int]:
    """Rows of the trials that have the parameters and a score."""
    return [
        row
        for row in np.flatnonzero(np.isfinite(history.scores)).tolist()
        if all(name in history.trials[row].params for name in names)
    ]


def _edges(places: Array, scale: Scale) -> Array:
    """Edges of cells around places."""
    if scale.levels is not None:
        return np.append(places - 0.5, places[-1] + 0.5)
    logs = np.log(places) if scale.is_log else places
    middles = (logs[1:] + logs[:-1]) / 2
    middles = np.exp(middles) if scale.is_log else middles
    return np.concatenate([places[:1], middles, places[-1:]])


def _turn_long_labels(ax: Any, scale: Scale) -> None:
    """Turn labels of levels that would run into each other."""
    if scale.levels is None:
        return
    _, labels = scale.ticks()
    # Some eleven characters an inch.
    if sum(len(label) + 2 for label in labels) > 11 * inches(ax)[0]:
        turn_labels(ax)
