"""What damaged files are worth: the same faults on the files of skhpo and of its peers.

    python benchmarks/faults/peers.py
    python benchmarks/faults/peers.py --trials 200
    python benchmarks/faults/peers.py --quick

Each library keeps 20 trials, or `--trials`, of one function in a file: skhpo a checkpoint, Optuna
a journal and an SQLite file, scikit-optimize a dumped result, SMAC its run history. A copy is cut
at a random byte, or one random byte of it gets another value, and the library reads it.

whole     all trials are there, with the right values
part      trials are missing, without an error; the others are right
none      all trials are missing, without an error
refused   an error
wrong     a value or a parameter that never was, without an error
share     how many of the trials are read, none where it is refused: median and least of the
          copies; the cuts are at the same shares of each file

"recovered" is what `recover_checkpoint` makes of skhpo's file.

Libraries that are not installed are left out.
"""

from __future__ import annotations

import argparse
import io
import random
import shutil
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from statistics import median

Pairs = set[tuple[float, float]]


def height(x: float) -> float:
    """The function that is maximised."""
    return -((x - 0.3) ** 2)


class Skhpo:
    """A checkpoint."""

    name = "skhpo, checkpoint"

    def write(self, path: Path, n_trials: int) -> None:
        """Search."""
        from skhpo import Float, maximize

        maximize(
            height,
            {"x": Float(0, 1)},
            strategy="random",
            n_iter=n_trials,
            random_state=0,
            checkpoint=path,
        )

    def read(self, path: Path) -> Pairs:
        """Parameters and values."""
        from skhpo import read_checkpoint

        trials = read_checkpoint(path).trials
        return {(t.params["x"], t.mean_score()) for t in trials if t.status == "complete"}


class Recovered(Skhpo):
    """A new checkpoint of what is intact."""

    name = "skhpo, recovered"

    def read(self, path: Path) -> Pairs:
        """Parameters and values."""
        from skhpo import recover_checkpoint

        new = path.with_name(f"{path.name}-new")
        recover_checkpoint(path, new)
        pairs = super().read(new)
        new.unlink()
        return pairs


class Optuna:
    """A study in a storage."""

    def __init__(self, name: str, make: Callable[[Path], object]) -> None:
        self.name = name
        self._make = make

    def write(self, path: Path, n_trials: int) -> None:
        """Search."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        sampler = optuna.samplers.RandomSampler(seed=0)
        study = optuna.create_study(storage=self._make(path), study_name="s", sampler=sampler)
        study.optimize(lambda trial: height(trial.suggest_float("x", 0, 1)), n_trials=n_trials)

    def read(self, path: Path) -> Pairs:
        """Parameters and values."""
        import optuna

        study = optuna.load_study(study_name="s", storage=self._make(path))
        return {(t.params["x"], t.value) for t in study.trials if t.state.name == "COMPLETE"}


def journal(path: Path) -> object:
    """Optuna's journal in a file."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    return JournalStorage(JournalFileBackend(str(path)))


def sqlite(path: Path) -> object:
    """Optuna's SQLite file."""
    from optuna.storages import RDBStorage

    return RDBStorage(f"sqlite:///{path}")


class Skopt:
    """A pickled result."""

    name = "scikit-optimize"

    def write(self, path: Path, n_trials: int) -> None:
        """Dump a result, as its ``CheckpointSaver`` does after each trial."""
        from skopt import Space, dump
        from skopt.utils import create_result

        rng = random.Random(0)
        asked = [[rng.random()] for _ in range(n_trials)]
        result = create_result(asked, [-height(x) for (x,) in asked], Space([(0.0, 1.0)]))
        dump(result, str(path))

    def read(self, path: Path) -> Pairs:
        """Parameters and values."""
        from skopt import load

        result = load(str(path))
        return {(x[0], -value) for x, value in zip(result.x_iters, result.func_vals, strict=True)}


class Smac:
    """A run history."""

    name = "SMAC, run history"

    def _space(self) -> object:
        """The space."""
        from ConfigSpace import ConfigurationSpace

        return ConfigurationSpace({"x": (0.0, 1.0)}, seed=0)

    def write(self, path: Path, n_trials: int) -> None:
        """Fill a run history."""
        from smac.runhistory import RunHistory, StatusType

        space, history = self._space(), RunHistory()
        for config in space.sample_configuration(n_trials):
            history.add(config, cost=-height(config["x"]), status=StatusType.SUCCESS, seed=0)
        history.save(path)

    def read(self, path: Path) -> Pairs:
        """Parameters and values."""
        from smac.runhistory import RunHistory

        history = RunHistory()
        history.load(path, self._space())
        return {(history.get_config(k.config_id)["x"], -v.cost) for k, v in history.items()}


def is_installed(library: object, path: Path, n_trials: int) -> bool:
    """Whether a library can write and read its file."""
    try:
        library.write(path, n_trials)
    except ImportError:
        return False
    return len(library.read(path)) == n_trials


def read_damaged(library: object, path: Path, whole: Pairs) -> tuple[str, float]:
    """What a library makes of a damaged file, and the share of the trials that it reads."""
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            found = library.read(path)
    except Exception:
        return "refused", 0.0
    share = len(found & whole) / len(whole)
    if found - whole:
        return "wrong", share
    if found == whole:
        return "whole", share
    return ("part" if found else "none"), share


def damage(content: bytes, kind: str, rng: random.Random) -> bytes:
    """A damaged copy."""
    place = int(rng.random() * len(content))
    if kind == "cut":
        return content[:place]
    other = bytearray(content)
    other[place] ^= rng.randrange(1, 256)
    return bytes(other)


def main() -> None:
    """Print a line for each library and fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20 copies instead of 200")
    parser.add_argument("--trials", type=int, default=20, help="how many a file has")
    options = parser.parse_args()
    n_copies = 20 if options.quick else 200
    libraries = [
        Skhpo(),
        Recovered(),
        Optuna("Optuna, journal", journal),
        Optuna("Optuna, SQLite", sqlite),
        Skopt(),
        Smac(),
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for place, library in enumerate(libraries):
            original = folder / f"{place}.json"
            if not is_installed(library, original, options.trials):
                print(f"{library.name:20} left out: not installed")
                continue
            whole, content = library.read(original), original.read_bytes()
            for kind in ("cut", "byte"):
                rng, outcomes, shares = random.Random(0), Counter(), []
                for number in range(n_copies):
                    own = folder / f"{place}-{kind}-{number}"
                    own.mkdir()
                    (own / "store.json").write_bytes(damage(content, kind, rng))
                    outcome, share = read_damaged(library, own / "store.json", whole)
                    outcomes[outcome] += 1
                    shares.append(share)
                    shutil.rmtree(own)
                counts = "  ".join(
                    f"{key} {outcomes[key]:3}"
                    for key in ("whole", "part", "none", "refused", "wrong")
                )
                counts += f"  share median {median(shares):.2f} least {min(shares):.2f}"
                print(f"{library.name:20} {kind:5} of {n_copies}: {counts}", flush=True)


if __name__ == "__main__":
    main()
