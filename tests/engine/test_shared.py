"""Values that reach worker processes by files."""

import concurrent.futures
import os
import tempfile
from pathlib import Path

import engine_tasks as tasks
import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from engine_processes import (
    LARGE,
    needs_linux,
    worker_pids,
)

from skhpo._engine import open_engine, shared
from tests.processes import wait_until

# --- shared values ------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        [LARGE],
        [LARGE.reshape(400, 500, order="F")],
        pd.DataFrame({"a": LARGE, "b": LARGE + 1}),
        sp.csr_array(np.ones((600, 600))),
        [np.arange(300_000), LARGE],
    ],
    ids=["array", "fortran", "frame", "sparse", "splits"],
)
def test_large_arrays_arrive_mapped_and_read_only(processes, value):
    token = processes.share(value)
    expected = [(True, False, array.sum()) for array in tasks.arrays_of(value)]
    assert processes.submit(tasks.describe_arrays, token).result() == expected


def test_arrays_that_cannot_be_mapped_arrive_all_the_same(processes):
    value = [np.arange(5), np.array([None, "x"] * 100_000), np.ma.array(LARGE, mask=LARGE < 5)]
    token = processes.share(value)
    small, objects, masked = processes.submit(lambda token: token.get(), token).result()
    np.testing.assert_array_equal(small, value[0])
    np.testing.assert_array_equal(objects, value[1])
    assert masked.sum() == value[2].sum()


def test_layout_and_type_of_arrays_are_kept(processes):
    value = [LARGE.reshape(400, 500).T, LARGE.astype(">f4"), LARGE.astype("M8[s]")]
    token = processes.share(value)

    def describe(token):
        return [(a.flags.f_contiguous, a.dtype, a.shape, a.ravel()[-1]) for a in token.get()]

    assert processes.submit(describe, token).result() == [
        (a.flags.f_contiguous, a.dtype, a.shape, a.ravel()[-1]) for a in value
    ]


def test_an_array_is_written_once(tmp_path):
    with joblib.parallel_config(temp_folder=tmp_path, n_jobs=2), open_engine() as engine:
        engine.share({"X": LARGE, "again": [LARGE, LARGE]})
        engine.share((LARGE, 1))
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert sum(path.stat().st_size >= LARGE.nbytes for path in files) == 1


def test_a_worker_loads_a_value_once_and_keeps_few(processes):
    tokens = [processes.share(LARGE + i) for i in range(6)]
    for token in tokens:
        for future in [processes.submit(tasks.identity_of, token) for _ in range(6)]:
            future.result()
    loaded = [processes.submit(tasks.identity_of, tokens[-1]).result() for _ in range(10)]
    assert len(set(loaded)) <= 2
    assert processes.submit(tasks.n_loaded_values).result() <= 2


@needs_linux
def test_closing_frees_the_memory_of_shared_values():
    with open_engine(2) as engine:
        token = engine.share(LARGE)
        pids = worker_pids(engine)
        futures = [engine.submit(tasks.sum_after, 0.1, token) for _ in range(4)]
        concurrent.futures.wait(futures)
        maps = [Path(f"/proc/{pid}/maps").read_text() for pid in pids]
        assert all(str(engine._store.folder) in text for text in maps)

    def is_mapped(pid):
        return str(engine._store.folder) in Path(f"/proc/{pid}/maps").read_text()

    assert wait_until(lambda: not any(map(is_mapped, pids)))


def test_users_memmap_travels_by_its_own_file(tmp_path):
    original = np.memmap(tmp_path / "data", dtype=np.float32, mode="w+", shape=(1000, 400))
    original[:] = np.arange(400)
    value = [original, original[100:, 5:300:7], original.T, np.asarray(original)[2:]]
    folder = tmp_path / "shared"
    with joblib.parallel_config(temp_folder=folder, max_nbytes=0, n_jobs=2), open_engine() as e:
        token = e.share(value)
        written = [path for path in folder.rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in written) < 10_000
        expected = [(True, False, array.sum()) for array in value]
        assert e.submit(tasks.describe_arrays, token).result() == expected


def test_memmap_that_differs_from_its_file_is_written_anew(processes, tmp_path):
    np.zeros(200_000).tofile(tmp_path / "data")
    private = np.memmap(tmp_path / "data", dtype=float, mode="c")
    private[:] = 1
    flipped = np.memmap(tmp_path / "data", dtype=float, mode="r+")[::-1]
    token = processes.share([private, flipped])
    assert [t for _, _, t in processes.submit(tasks.describe_arrays, token).result()] == [
        200_000,
        0,
    ]


@pytest.mark.parametrize(
    ("options", "is_mapped", "is_writable"),
    [
        ({"max_nbytes": None}, False, True),
        ({"max_nbytes": "100M"}, False, True),
        ({"mmap_mode": None}, False, True),
        ({"mmap_mode": "c"}, True, True),
        ({"mmap_mode": "r+"}, True, True),
        ({"max_nbytes": 10_000}, True, False),
    ],
)
def test_users_options_for_mapping_are_kept(options, is_mapped, is_writable):
    with joblib.parallel_config(n_jobs=2, **options), open_engine() as engine:
        token = engine.share([LARGE])
        found = engine.submit(tasks.describe_arrays, token).result()
        assert found == [(is_mapped, is_writable, LARGE.sum())]


def test_writes_to_a_private_mapping_do_not_reach_other_workers(tmp_path):
    def write(token):
        token.get()[0][:] = 7
        return os.getpid()

    def read(token, names):
        # Both workers read, the one that wrote too.
        tasks.meet(tmp_path, *names)
        return os.getpid(), token.get()[0][1]

    with joblib.parallel_config(n_jobs=2, mmap_mode="r+"), open_engine() as engine:
        token = engine.share([LARGE])
        writer = engine.submit(write, token).result()
        seen = [f.result() for f in [engine.submit(read, token, names) for names in ("ab", "ba")]]
        assert {value for pid, value in seen if pid != writer} == {1.0}


# --- files --------------------------------------------------------------------


def test_closing_removes_files(tmp_path):
    for kill in (False, True):
        with joblib.parallel_config(temp_folder=tmp_path, n_jobs=2), open_engine() as engine:
            token = engine.share([LARGE])
            engine.submit(tasks.describe_arrays, token).result()
            engine.submit(tasks.double, "x" * 100_000).result()
            assert list(tmp_path.iterdir())
            engine.close(kill=kill)
        assert list(tmp_path.iterdir()) == []


def test_an_exception_leaves_no_files(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))

    def search():
        with open_engine(2) as engine:
            engine.share(LARGE)
            assert list(tmp_path.iterdir())
            tasks.fail("mine")

    with pytest.raises(ValueError, match="mine"):
        search()
    assert list(tmp_path.iterdir()) == []


def test_memory_folder_is_used_only_while_it_is_roomy(tmp_path, monkeypatch):
    monkeypatch.delenv("JOBLIB_TEMP_FOLDER", raising=False)
    memory, system = tmp_path / "memory", tmp_path / "system"
    memory.mkdir()
    system.mkdir()
    monkeypatch.setattr(shared, "_MEMORY_FOLDER", memory)
    monkeypatch.setattr(tempfile, "tempdir", str(system))
    monkeypatch.setattr(shared, "_MEMORY_FOLDER_BYTES", 0)
    store = shared.Store(shared.MappingOptions.configured())
    assert store.folder.parent == memory
    enough = shared.shutil.disk_usage(memory).free
    monkeypatch.setattr(shared, "_MEMORY_FOLDER_BYTES", 2 * enough)
    assert store._folder_for(10).parent == system
    store.remove()
    assert not [*memory.iterdir(), *system.iterdir()]


def test_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        joblib.parallel_config(temp_folder=tmp_path / "file" / "folder", n_jobs=2),
        pytest.raises(OSError, match=r"could not be written to .*file.*folder.*temp_folder="),
    ):
        open_engine()


def test_full_disk_while_sharing_is_named(processes, monkeypatch):
    def no_space(array, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(joblib, "dump", no_space)
    with pytest.raises(OSError, match=r"could not be written to .*No space left.*temp_folder="):
        processes.share(LARGE)
