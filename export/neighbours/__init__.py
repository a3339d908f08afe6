"""One small interface to indexes of nearest neighbours, to choose one for a library of 1e5 to 1e7 vectors.

Conventions
-----------
Vectors are (n, dim) float32 of unit length and are compared by inner product; a row's number is its place in what was
built from. A `Backend` is a recipe: it builds or loads `Neighbours`, which never change. All work is done by the
calling thread. The daemon's own index (daemon/library/index.py) needs nothing from here and stands among them: what is
to take its place has to be better in `table` first.
"""

from .annoy_backend import Annoy
from .base import Backend, Neighbours
from .daemon_backend import Daemon
from .faiss_backends import Flat, Hnsw, IvfPq
from .table import Row, table

__all__ = ["BACKENDS", "Annoy", "Backend", "Daemon", "Flat", "Hnsw", "IvfPq", "Neighbours", "Row", "table"]

BACKENDS: tuple[Backend, ...] = (
    Flat(),
    Daemon(),
    Hnsw(search_width=32),
    Hnsw(search_width=128),
    IvfPq(),
    IvfPq(again=32, probe=8),
    Annoy(trees=20),
    Annoy(trees=50, look=20_000),
)
"""What a table compares unless told otherwise: each kind at a quick and at a careful setting."""
