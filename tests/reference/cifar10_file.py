"""Files of CIFAR-10 in its binary version."""
import tarfile

import numpy


def read_batch(folder, name):
    """Images uint8 [N, 3, 32, 32] and labels int64 [N] of a file such as test_batch.bin, from the folder or the archive in it."""
    inside = f"cifar-10-batches-bin/{name}"
    if (folder / inside).exists():
        data = (folder / inside).read_bytes()
    else:
        with tarfile.open(next(folder.glob("cifar-10-binary.tar*"))) as tar:
            data = tar.extractfile(inside).read()
    records = numpy.frombuffer(data, numpy.uint8).reshape(-1, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32).copy(), records[:, 0].astype(numpy.int64)
