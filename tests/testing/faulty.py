"""Strategies with one fault each, and one without, written as an author of others would."""

from __future__ import annotations

import copy
import math
import numbers
import random

import numpy as np

from skhpo import Candidate, SpaceExhaustedError
from skhpo._dimensions import Listed
from skhpo._space import Space


class Sound:
    """Steps around the best trial so far, told in the order of numbers."""

    learns = True

    def __init__(self, space, seed):
        self.space = Space.from_description(space)
        self.seed = seed
        self.asked, self.codes, self.told = [], [], {}

    @property
    def n_candidates(self):
        listed = all(isinstance(d, Listed) for b in self.space.branches for d in b.values())
        return self.space.cells.n_cells if listed else None

    def ask(self):
        number = len(self.asked)
        if self.n_candidates is not None:
            if number >= self.n_candidates:
                raise SpaceExhaustedError("All candidates were asked.")
            order = np.random.default_rng(self.seed).permutation(self.n_candidates)
            candidate = Candidate(number, self.space.cells[int(order[number])])
            self.codes.append(None)
        else:
            code = self.propose(number)
            candidate = Candidate(number, self.space.decode(code), origin="model")
            self.codes.append(code)
        self.asked.append(candidate)
        return candidate

    def replay(self, params, origin):
        candidate = self.ask()
        if repr(candidate.params) != repr(params):
            raise ValueError("The candidate is another strategy's.")
        return candidate

    def propose(self, number):
        rng = self.rng(number)
        code = self.space.sample_encoded(1, rng)[0]
        scored = {n: s for n, s in sorted(self.told.items()) if not math.isnan(s)}
        if number < 5 or not scored:
            return code
        best = self.codes[max(scored, key=scored.get)]
        step = best + rng.normal(scale=2 / (5 + number), size=len(best))
        return self.space.snap(np.clip(step, 0, 1)[np.newaxis])[0]

    def rng(self, number):
        return np.random.default_rng([self.seed, number])

    def tell(self, candidate, score, *, noise=None, status="complete", budget=None):
        self.check(candidate)
        if not isinstance(score, numbers.Real):
            raise TypeError("A score is a number.")
        self.told[candidate.number] = float(score)

    def check(self, candidate):
        if not isinstance(candidate, Candidate):
            raise TypeError("Pass what ask gave.")
        if not 0 <= candidate.number < len(self.asked):
            raise ValueError("The candidate was never asked.")
        if repr(self.asked[candidate.number].params) != repr(candidate.params):
            raise ValueError("The candidate is another strategy's.")


class Trusting(Sound):
    """Takes what it did not give, so that a fault of `ask` is seen by the suite first."""

    def check(self, candidate):
        pass


class OutOfRange(Sound):
    def ask(self):
        candidate = super().ask()
        for name, value in candidate.params.items():
            if name == "x":
                candidate.params[name] = value + 1.0
        return candidate


class NumpyFloats(Sound):
    def ask(self):
        candidate = super().ask()
        for name, value in candidate.params.items():
            if isinstance(value, float):
                candidate.params[name] = np.float64(value)
        return candidate


class CopiedChoices(Sound):
    def ask(self):
        candidate = super().ask()
        candidate.params.update(copy.deepcopy(candidate.params))
        return candidate


class ForeignName(Sound):
    def ask(self):
        candidate = super().ask()
        candidate.params["extra"] = 1
        return candidate


class ConstantNumber(Trusting):
    def ask(self):
        candidate = super().ask()
        return Candidate(0, candidate.params)


class BareParams(Trusting):
    def ask(self):
        class Bare:
            pass

        candidate, bare = super().ask(), Bare()
        bare.number, bare.params = candidate.number, candidate.params
        bare.origin, bare.budget = "thin air", 7
        return bare


class Repeating(Sound):
    def propose(self, number):
        return super().propose(number // 2)


class RepeatingCells(Trusting):
    def ask(self):
        candidate = super().ask()
        if self.n_candidates is None:
            return candidate
        return Candidate(candidate.number, self.space.cells[0])


class Endless(Sound):
    def ask(self):
        if self.n_candidates is not None and len(self.asked) >= self.n_candidates:
            return self.asked[-1]
        return super().ask()


class Miscounting(Sound):
    @property
    def n_candidates(self):
        n = super().n_candidates
        return None if n is None else max(1, n - 1)


class Counting(Sound):
    @property
    def n_candidates(self):
        n = super().n_candidates
        return None if n is None else n - len(self.asked)


class Unseeded(Sound):
    def rng(self, number):
        return np.random.default_rng()


class IgnoringSeed(Sound):
    def rng(self, number):
        return np.random.default_rng(number)


class GlobalRandom(Sound):
    def rng(self, number):
        return np.random.default_rng(random.getrandbits(32))


class GlobalSeed(Sound):
    def rng(self, number):
        np.random.seed(self.seed)  # noqa: NPY002 - the fault
        return super().rng(number)


class ToldInArrivalOrder(Sound):
    def propose(self, number):
        code = super().propose(number)
        last = list(self.told.values())[-1:] or [0.0]
        return self.space.snap((0.9 * code + 0.05 * math.tanh(last[0]))[np.newaxis])[0]


class LosesPickled(Sound):
    def __getstate__(self):
        return {**self.__dict__, "told": {}}


class Unpicklable(Sound):
    def __init__(self, space, seed):
        super().__init__(space, seed)
        self.hook = lambda: None


class ForgetsReplayed(Sound):
    def replay(self, params, origin):
        self.codes.append(np.full(2, 0.5))
        self.asked.append(Candidate(len(self.asked), params, origin=origin))
        return self.asked[-1]


class RenumbersReplayed(Sound):
    def replay(self, params, origin):
        return Candidate(super().replay(params, origin).number + 1, params)


class SaysItLearns(Sound):
    def propose(self, number):
        return self.space.sample_encoded(1, self.rng(number))[0]


class SaysItDoesNot(Sound):
    learns = False


class Minimising(Sound):
    def tell(self, candidate, score, **keywords):
        super().tell(candidate, -score, **keywords)


class DividingByScores(Sound):
    def tell(self, candidate, score, **keywords):
        super().tell(candidate, score, **keywords)
        1 / (max(self.told.values()) - min(self.told.values()) + (len(self.told) < 9))


class StuckOnNan(Sound):
    def tell(self, candidate, score, **keywords):
        super().tell(candidate, score, **keywords)
        if math.isnan(score):
            raise RuntimeError("nan")


class TakingAnything(Sound):
    def tell(self, candidate, score, **keywords):
        pass


class KeywordLess(Sound):
    def tell(self, candidate, score):
        super().tell(candidate, score)


class ToldOnce(Sound):
    def tell(self, candidate, score, **keywords):
        if candidate.number in self.told:
            raise ValueError("It was told.")
        super().tell(candidate, score, **keywords)


class ChangingTheDescription(Sound):
    def __init__(self, space, seed):
        super().__init__(copy.copy(space), seed)
        for part in [space] if isinstance(space, dict) else space:
            part.popitem()
