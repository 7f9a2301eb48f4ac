"""Where folds run: in the calling thread, in threads, in processes, on a cluster.

``open_engine(n_jobs, pre_dispatch)`` opens the engine that joblib's configuration
asks for; the engine takes calls and gives back futures. One file an engine:
`inline`, `threads`, `loky`, and on the common ground of `cluster`, `dask`, `ray` and, for
any other joblib backend, `adapter`. Another one is a file with a function
``open_on(backend, n_workers, max_pending)`` and a line in the table of `selection`.

Notes
-----
What is used of joblib, and why:

``parallel_config``, ``get_active_backend``
    How people say which backend and how many workers; and, with
    ``get_nested_backend``, what a nested call inside of a task may use.
``joblib.externals.loky.ProcessPoolExecutor``
    Worker processes. One executor of a single worker for each slot, so that a death
    or a kill touches one fold (`slots`).
``cloudpickle``, which joblib brings
    Tasks made of lambdas, local classes and names of ``__main__`` (`transport`).
``joblib.dump`` and ``joblib.load(mmap_mode=...)``
    Large arrays reach all workers by one file that they map (`shared`).

The backends' own attributes and protocol
    A client of dask, options of ray (`dask`, `ray`), and the verbs that joblib asks of
    every backend (`adapter`).

``joblib.Parallel`` itself is not used: it hands out work in batches, pulls candidates
before they are needed, and loses everything in flight when one worker dies.
"""

from skhpo._engine.folders import make_folder, remove_folder
from skhpo._engine.interface import Engine, HeldValue, Token, WorkersGoneError
from skhpo._engine.pending import pending_bound
from skhpo._engine.selection import open_engine

__all__ = [
    "Engine",
    "HeldValue",
    "Token",
    "WorkersGoneError",
    "make_folder",
    "open_engine",
    "pending_bound",
    "remove_folder",
]
