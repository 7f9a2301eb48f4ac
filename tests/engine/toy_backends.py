"""Joblib backends that no engine is written for, as third parties write them."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.pool import ThreadPool

from joblib.parallel import ParallelBackendBase, register_parallel_backend


class ToyBackend(ParallelBackendBase):
    """As joblib's own are since 1.5: futures, and a callback for every end.

    Its workers are kept for the next, as loky's are: they take a second to start.
    """

    supports_retrieve_callback = True
    _pool = None

    def effective_n_jobs(self, n_jobs):
        return 2

    def configure(self, n_jobs=1, parallel=None, **options):
        if ToyBackend._pool is None:
            ToyBackend._pool = ProcessPoolExecutor(2, get_context("spawn"))
        return n_jobs

    def submit(self, func, callback=None):
        future = self._pool.submit(func)
        future.add_done_callback(callback)
        return future

    def retrieve_result_callback(self, out):
        return out.result()

    def abort_everything(self, ensure_ready=True):
        self._pool.shutdown(wait=False, cancel_futures=True)
        ToyBackend._pool = None

    def terminate(self):
        pass


class OldToyBackend(ParallelBackendBase):
    """As they were before: ``apply_async``, and a callback for results only; in threads."""

    supports_sharedmem = True

    def effective_n_jobs(self, n_jobs):
        return 2

    def configure(self, n_jobs=1, parallel=None, **options):
        self._pool = ThreadPool(n_jobs)
        return n_jobs

    def apply_async(self, func, callback=None):
        return self._pool.apply_async(func, callback=callback)

    def terminate(self):
        self._pool.close()


register_parallel_backend("toy", ToyBackend)
register_parallel_backend("toy-old", OldToyBackend)
