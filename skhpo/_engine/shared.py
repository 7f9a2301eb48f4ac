"""Shared values: written once to files, loaded once by each worker.

store    one engine's files, in a folder that goes when the engine is closed
value    a file with a pickle, and one file for each large array inside it

Arrays are found wherever they are inside of a value (data frames, sparse matrices,
splits, estimators), by a pickler that gives each large one a *persistent id*: the file
that holds it. Workers map that file instead of reading it.

From joblib: ``dump`` and ``load(mmap_mode=...)`` for the files; ``parallel_config`` for
the user's ``temp_folder``, ``max_nbytes`` and ``mmap_mode``; ``JOBLIB_TEMP_FOLDER`` and
the preference for a roomy ``/dev/shm``. joblib's own reducers are not used: they are tied to
its executor, and leave arrays inside of large pickles to be sent with each task.
"""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import joblib
import numpy as np
from joblib.disk import memstr_to_bytes

from skhpo._engine.folders import make_folder, remove_folder
from skhpo._engine.last_values import LastValues
from skhpo._engine.mapped import MappedFile, mapped_file
from skhpo._engine.transport import Pickler, pickling_error

# joblib's rule for taking the memory file system: more than this many bytes are free.
_MEMORY_FOLDER = Path("/dev/shm")
_MEMORY_FOLDER_BYTES = 2e9

_ABSENT = object()
_loaded = LastValues()


class StoredValue:
    """A token: in the process that shared it the value itself, in a worker the file's.

    Parameters
    ----------
    path : pathlib.Path
        File of the pickle.
    value : object, optional
        What was shared; it does not travel.
    """

    def __init__(self, path: Path, value: Any = _ABSENT) -> None:
        self._path = path
        self._value = value

    def __reduce__(self) -> tuple[type[StoredValue], tuple[Path]]:
        return StoredValue, (self._path,)

    def get(self) -> Any:
        """Shared value; a worker reads it at the first call and keeps it."""
        if self._value is _ABSENT:
            return _loaded.get(self._path, lambda: _load(self._path))
        return self._value


def _load(path: Path) -> Any:
    """Value of a file."""
    with path.open("rb") as file:
        return _Unpickler(file).load()


def forget(folders: list[Path]) -> None:
    """Let go of the values that were loaded from `folders`; a worker runs this."""
    _loaded.forget(lambda path: path.parent in folders)


@dataclass(frozen=True)
class MappingOptions:
    """What the user configured of joblib's memory-mapping.

    Parameters
    ----------
    temp_folder : str or None
        Where files go; None leaves the choice to `Store`.
    max_nbytes : float
        Arrays above it have a file of their own.
    mode : {"r", "c"}
        Mapped read-only, or copy-on-write. Writable mappings ("r+", "w+") would let one
        fold see what another wrote: they become "c".
    """

    temp_folder: str | None
    max_nbytes: float
    mode: Literal["r", "c"]

    @classmethod
    def configured(cls) -> MappingOptions:
        """Read the options of the surrounding ``joblib.parallel_config``."""
        with joblib.parallel_config() as configured:
            # What the user did not set is a marker object with the default.
            folder, limit, mode = (
                getattr(configured[name], "default_value", configured[name])
                for name in ("temp_folder", "max_nbytes", "mmap_mode")
            )
        limit = memstr_to_bytes(limit) if isinstance(limit, str) else limit
        is_off = limit is None or mode is None
        return cls(
            temp_folder=None if folder is None else os.fspath(folder),
            max_nbytes=float("inf") if is_off else float(limit),
            mode="r" if mode == "r" else "c",
        )


class Store:
    """The files of one engine.

    Parameters
    ----------
    options : MappingOptions
        What the user configured.

    Attributes
    ----------
    folder : pathlib.Path
        For messages; it exists until `remove`.
    """

    def __init__(self, options: MappingOptions) -> None:
        self.options = options
        self._folders: dict[Path, Path] = {}
        # By identity, each with its array: an id is only unique while its object lives.
        self._arrays: dict[int, tuple[np.ndarray[Any, Any], MappedFile]] = {}
        self._n_files = 0
        self._lock = threading.Lock()
        try:
            self.folder = self._folder_for(0)
        except OSError as error:
            raise _no_room(error, self._root_for(0)) from error

    @property
    def folders(self) -> list[Path]:
        """Folders of all files."""
        return list(self._folders.values())

    @property
    def has_values(self) -> bool:
        """Whether anything was put."""
        return self._n_files > 0

    def put(self, value: Any) -> StoredValue:
        """Write a value.

        Raises
        ------
        pickle.PicklingError
            Naming the part of the value that cannot be pickled.
        OSError
            If the folder has no room, naming it.
        """
        with self._lock:
            path = self._new_path(0)
            try:
                with path.open("wb") as file:
                    _Pickler(file, self).dump(value)
            except OSError as error:
                raise _no_room(error, path.parent) from error
            except Exception as error:
                raise pickling_error("shared value", {"value": value}, error) from error
            return StoredValue(path, value)

    def file_of(self, array: np.ndarray[Any, Any]) -> MappedFile:
        """File that holds an array: the one it is mapped from, or a new one."""
        known = self._arrays.get(id(array))
        if known is None:
            mapped = mapped_file(array) or self._write(array)
            known = self._arrays[id(array)] = (array, mapped)
        return known[1]

    def _write(self, array: np.ndarray[Any, Any]) -> MappedFile:
        """Write an array to a file of its own."""
        path = self._new_path(array.nbytes)
        joblib.dump(array, path)
        return MappedFile(str(path), mode=self.options.mode)

    def _new_path(self, n_bytes: int) -> Path:
        """Path for the next file, where `n_bytes` fit."""
        self._n_files += 1
        return self._folder_for(n_bytes) / f"value-{self._n_files}"

    def _folder_for(self, n_bytes: int) -> Path:
        """Folder of this engine's own, on a file system that has room for `n_bytes`."""
        root = self._root_for(n_bytes)
        if root not in self._folders:
            root.mkdir(parents=True, exist_ok=True)
            self._folders[root] = make_folder(root)
        return self._folders[root]

    def _root_for(self, n_bytes: int) -> Path:
        """Configured folder, else memory if it is roomy, else the system's."""
        chosen = self.options.temp_folder or os.environ.get("JOBLIB_TEMP_FOLDER")
        if chosen:
            return Path(chosen).expanduser().absolute()
        # Half of it at most: what is written there is memory that fits may need.
        enough = max(_MEMORY_FOLDER_BYTES, 2 * n_bytes)
        if os.access(_MEMORY_FOLDER, os.W_OK) and shutil.disk_usage(_MEMORY_FOLDER).free > enough:
            return _MEMORY_FOLDER
        return Path(tempfile.gettempdir()).absolute()

    def remove(self) -> None:
        """Remove all files."""
        self._arrays.clear()
        for folder in self.folders:
            remove_folder(folder)
        self._folders.clear()


class _Pickler(Pickler):
    """Pickles a value, large arrays aside."""

    def __init__(self, file: BinaryIO, store: Store) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._store = store

    def persistent_id(self, obj: Any) -> MappedFile | None:
        """File of a large array, None for anything else.

        Subclasses of ndarray other than memmap carry more than their buffer.
        """
        if (
            type(obj) in (np.ndarray, np.memmap)
            and obj.nbytes > self._store.options.max_nbytes
            and not obj.dtype.hasobject
        ):
            return self._store.file_of(obj)
        return None


class _Unpickler(pickle.Unpickler):
    """Undoes `_Pickler`."""

    def persistent_load(self, pid: MappedFile) -> np.ndarray[Any, Any]:
        """Map a file."""
        return pid.open()


def _no_room(error: OSError, folder: Path) -> OSError:
    """Error of a folder that could not be written, with the way out."""
    return OSError(
        error.errno,
        f"The data that the workers share could not be written to {folder} ({error.strerror}); "
        "free space there, or point joblib.parallel_config(temp_folder=...) to a larger folder",
    )
