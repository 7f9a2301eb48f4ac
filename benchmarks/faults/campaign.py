"""What faults cost: folds lost, wrong results, hangs, orphans.

    python benchmarks/faults/campaign.py
    python benchmarks/faults/campaign.py --quick
    python benchmarks/faults/campaign.py --only truncations flips

kills        `victim.py`, a search on two worker processes with a checkpoint, is killed by
             SIGKILL at random moments, the whole process or one of its workers by turns, and
             begun again until it ends; then the next search begins
torn logs    of a checkpoint whose search was killed, the write-ahead log is cut at a random
             byte, as a machine that loses power does, and the search is fitted on it
truncations  a finished checkpoint is cut at a random byte and the search is fitted on it
flips        one random byte of it gets another value

Of files that are cut or have another byte `recover_checkpoint` makes new ones, too, and the
search is fitted on those.

lost      folds that had ended a quarter of a second before the process was killed (a tenth
          until they are written, the rest for their way) and are not in its checkpoint
wrong     searches that end with other scores than one that nothing happened to
hangs     processes that do not end in a minute
orphans   processes of a killed search that are there five seconds later
refused   damaged files that are an error which names them; with the others the search
          found its folds, or ran them again
recovered share of the finished folds that are in the new file, nothing where none can be
          made: median and least of the faults

Linux only: who belongs to a search is read from /proc.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path
from statistics import median

from sklearn.datasets import load_iris
from victim import N_CANDIDATES, N_FOLDS, make_search

from skhpo import read_checkpoint, recover_checkpoint
from skhpo._journal_file import JournalFile, write_meta, write_rows

VICTIM = Path(__file__).with_name("victim.py")
WAY_SECONDS = 0.25
ORPHAN_SECONDS = 5.0
HANG_SECONDS = 60.0
X, y = load_iris(return_X_y=True)


@dataclass
class Counts:
    """What happened, summed."""

    faults: int = 0
    lost: int = 0
    wrong: int = 0
    hangs: int = 0
    orphans: int = 0
    refused: int = 0
    recovered: list[float] = field(default_factory=list)

    def show(self, name: str) -> None:
        """Print a line."""
        counts = [f"{f.name} {getattr(self, f.name)}" for f in fields(self) if f.type == "int"]
        if self.recovered:
            counts.append(
                f"recovered median {median(self.recovered):.3f} least {min(self.recovered):.3f}"
            )
        print(f"{name:12} {'  '.join(counts)}", flush=True)


def expected_scores() -> list[str]:
    """Scores of a search that nothing happened to."""
    search = make_search(n_jobs=1, cv=N_FOLDS).fit(X, y)
    return [repr(float(score)) for score in search.cv_results_["mean_test_score"]]


def session(leader: int) -> list[int]:
    """Living processes of a session."""
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(state[3]) == leader and state[0] != "Z":
                members.append(int(entry.name))
    return members


def count_orphans(leader: int) -> int:
    """Members of a session that do not end by themselves; they are ended then."""
    deadline = time.monotonic() + ORPHAN_SECONDS
    while (left := session(leader)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return len(left)


def ended_folds(log: Path, before: float) -> set[tuple[str, str]]:
    """Folds that a log says had ended: parameter and rows of each."""
    lines = log.read_text().splitlines() if log.exists() else []
    parts = [line.split() for line in lines]
    return {(part[0], part[1]) for part in parts if len(part) == 4 and float(part[3]) < before}


def count_lost(checkpoint: Path, log: Path, killed_at: float) -> int:
    """Folds that had ended and are not in the checkpoint."""
    ended = ended_folds(log, killed_at - WAY_SECONDS)
    kept = 0
    if checkpoint.exists():
        trials = read_checkpoint(checkpoint).trials
        kept = sum(fold is not None for trial in trials for fold in trial.folds)
    return max(0, len(ended) - kept)


def start(folder: Path) -> subprocess.Popen[str]:
    """Begin the search, or go on with it, as leader of a session."""
    command = [sys.executable, str(VICTIM), str(folder / "search.sqlite"), str(folder / "log")]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def wait_for_fits(process: subprocess.Popen[str], log: Path) -> None:
    """Wait until a run has fitted something, or is over."""
    size = log.stat().st_size if log.exists() else 0
    while process.poll() is None and (not log.exists() or log.stat().st_size == size):
        time.sleep(0.005)


def workers_of(process: subprocess.Popen[str], log: Path) -> list[int]:
    """Worker processes that have fitted, and live."""
    pids = {int(line.split()[2]) for line in log.read_text().splitlines() if line.count(" ") == 3}
    return [pid for pid in session(process.pid) if pid in pids]


def kill_often(n_kills: int, expected: list[str], rng: random.Random) -> Counts:
    """Kill searches until there were so many kills."""
    counts = Counts()
    while counts.faults < n_kills:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            is_over = False
            while not is_over:
                is_over = run_and_kill(folder, counts, expected, rng, counts.faults < n_kills)
    return counts


def run_and_kill(
    folder: Path, counts: Counts, expected: list[str], rng: random.Random, may_kill: bool
) -> bool:
    """One run of a search; whether it came to its end."""
    log = folder / "log"
    process = start(folder)
    if may_kill:
        wait_for_fits(process, log)
        time.sleep(rng.uniform(0.0, 1.2))
    if may_kill and process.poll() is None:
        counts.faults += 1
        if counts.faults % 2:
            process.send_signal(signal.SIGKILL)
            killed_at = time.time()
            process.communicate()
            counts.orphans += count_orphans(process.pid)
            counts.lost += count_lost(folder / "search.sqlite", log, killed_at)
            return False
        workers = workers_of(process, log)
        if workers:
            os.kill(rng.choice(workers), signal.SIGKILL)
    try:
        output, _ = process.communicate(timeout=HANG_SECONDS)
    except subprocess.TimeoutExpired:
        counts.hangs += 1
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    counts.orphans += count_orphans(process.pid)
    counts.wrong += output.splitlines()[-1:] != [f"scores {expected}"]
    return True


def make_killed(folder: Path) -> tuple[bytes, bytes]:
    """File and log of a checkpoint that nobody has closed."""
    done = folder / "done.sqlite"
    make_search(n_jobs=1, cv=N_FOLDS, checkpoint=done).fit(X, y)
    content = JournalFile(done).read()
    file = JournalFile(folder / "open.sqlite")
    with closing(file.open()) as connection:
        write_meta(connection, content.meta)
        for row in content.candidates:
            own = [fold for fold in content.folds if fold.candidate == row.id]
            write_rows(connection, [row], own)
        return Path(file.path).read_bytes(), Path(f"{file.path}-wal").read_bytes()


def damage(n: int, kind: str, expected: list[str], rng: random.Random) -> Counts:
    """Fit on damaged copies of a finished checkpoint."""
    counts = Counts()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "search.sqlite"
        content, log = make_killed(Path(name))
        if kind != "torn logs":
            content = (Path(name) / "done.sqlite").read_bytes()
        for _ in range(n):
            for file in Path(name).glob("search.sqlite*"):
                file.unlink()
            place = rng.randrange(len(log if kind == "torn logs" else content))
            damaged = bytearray(content)
            if kind == "truncations":
                del damaged[place:]
            elif kind == "flips":
                damaged[place] ^= rng.randrange(1, 256)
            else:
                Path(f"{path}-wal").write_bytes(log[:place])
            path.write_bytes(damaged)
            counts.faults += 1
            if kind != "torn logs":
                recover(path, counts, expected)
            fit(path, counts, expected)
    return counts


def fit(path: Path, counts: Counts, expected: list[str]) -> None:
    """Fit on a file, which may be refused."""
    search = make_search(n_jobs=1, cv=N_FOLDS, checkpoint=path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            search.fit(X, y)
        except (ValueError, OSError) as error:
            counts.refused += str(path) in str(error)
            counts.wrong += str(path) not in str(error)
            return
    found = [repr(float(score)) for score in search.cv_results_["mean_test_score"]]
    counts.wrong += found != expected


def recover(path: Path, counts: Counts, expected: list[str]) -> None:
    """Make a new file of what is intact of a damaged one, and fit on that."""
    new = path.with_name(f"{path.name}-new")
    before = path.read_bytes()
    try:
        n_folds = recover_checkpoint(path, new).n_folds
    except ValueError:
        n_folds = 0
    else:
        own = Counts()
        fit(new, own, expected)
        counts.wrong += own.wrong + own.refused
    counts.wrong += path.read_bytes() != before
    counts.recovered.append(n_folds / (N_CANDIDATES * N_FOLDS))


def main() -> None:
    """Print a line for each kind of fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="six kills, 20 files of each kind")
    parser.add_argument("--seed", type=int, default=0)
    kinds = ["kills", "torn logs", "truncations", "flips"]
    parser.add_argument("--only", nargs="+", choices=kinds, default=kinds)
    options = parser.parse_args()
    expected = expected_scores()
    n_kills, n_cuts, n_flips = (6, 20, 20) if options.quick else (120, 200, 100)
    times = {"kills": n_kills, "torn logs": n_cuts, "truncations": n_cuts, "flips": n_flips}
    for kind in options.only:
        # Of its own, so that the faults of a kind do not depend on which others are asked for.
        rng = random.Random(f"{options.seed} {kind}")
        if kind == "kills":
            kill_often(times[kind], expected, rng).show(kind)
        else:
            damage(times[kind], kind, expected, rng).show(kind)


if __name__ == "__main__":
    main()
