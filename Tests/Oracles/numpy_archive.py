"""Writes an archive of arrays as NumPy does, or one that is not as it should be.

numpy_archive.py PATH STATEMENT: runs STATEMENT with `path`, NumPy's savez and savez_compressed, the
functions below, `x` (0, 1, … as 4 samples of 2 × 3) and `y` (their labels 0, 1, 0, 1).
"""

import io
import sys
import warnings
import zipfile

import numpy
from numpy import savez, savez_compressed

path, statement = sys.argv[1:]
x = numpy.arange(24.0).reshape(4, 2, 3)
y = numpy.array([0, 1, 0, 1])


def member(array):
    file = io.BytesIO()
    numpy.save(file, array)
    return file.getvalue()


def archive(*members):
    warnings.simplefilter("ignore")
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members:
            file.writestr(name, content)


def shorten():
    """A byte of x changed behind its checksum."""
    archive(("x.npy", member(x)), ("y.npy", member(y)))
    content = bytearray(open(path, "rb").read())
    content[200] ^= 1
    open(path, "wb").write(content)


def lie():
    archive(("x.npy", member(x)[:-8]), ("y.npy", member(y)))


def twice():
    archive(("x.npy", member(x)), ("x.npy", member(x)), ("y.npy", member(y)))


def no_numpy():
    archive(("x.npy", b"something else than an array"), ("y.npy", member(y)))


def text():
    open(path, "w").write("not an archive\n" * 10)


exec(statement)
