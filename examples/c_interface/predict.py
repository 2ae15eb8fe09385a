"""Asks a trained model about a picture, from Python without any package:

    python3 predict.py bayesian.safetensors digit.pgm

The picture is a binary PGM (grey) or PPM (colour) file of the model's size without comments. The
loader finds libcredence-c.so.1 by LD_LIBRARY_PATH or among the system's libraries.
"""

import ctypes
import re
import sys

SEED_OF_FILE = -1
Floats = ctypes.POINTER(ctypes.c_float)
Bytes = ctypes.POINTER(ctypes.c_uint8)


def load_library():
    library = ctypes.CDLL("libcredence-c.so.1")
    library.credence_load.restype = ctypes.c_void_p
    library.credence_load.argtypes = [ctypes.c_char_p, ctypes.c_int64, ctypes.c_char_p, ctypes.c_size_t]
    library.credence_free.argtypes = [ctypes.c_void_p]
    library.credence_classes.restype = ctypes.c_int64
    library.credence_classes.argtypes = [ctypes.c_void_p]
    library.credence_class_name.restype = ctypes.c_char_p
    library.credence_class_name.argtypes = [ctypes.c_void_p, ctypes.c_int64]
    library.credence_input_shape.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_int64)]
    library.credence_predict_bytes.argtypes = [
        ctypes.c_void_p, Bytes, ctypes.c_int64, ctypes.c_int64, Floats, Floats, Floats, ctypes.c_char_p,
        ctypes.c_size_t]
    return library


class Model:
    def __init__(self, path):
        self.library = load_library()
        self.error = ctypes.create_string_buffer(256)
        self.handle = self.library.credence_load(path.encode(), SEED_OF_FILE, self.error, 256)
        if not self.handle:
            raise OSError(self.error.value.decode())
        shape = (ctypes.c_int64 * 3)()
        self.library.credence_input_shape(self.handle, shape)
        self.shape = tuple(shape)
        count = self.library.credence_classes(self.handle)
        self.classes = [self.library.credence_class_name(self.handle, c).decode() for c in range(count)]

    def __del__(self):
        if getattr(self, "handle", None):
            self.library.credence_free(self.handle)

    def predict(self, pixels, samples=15):
        """The probabilities of the classes, entropy and mutual information for the bytes of an image."""
        channels, height, width = self.shape
        if len(pixels) != channels * height * width:
            raise ValueError(f"{len(pixels)} pixels for an image of shape {self.shape}")
        image = (ctypes.c_uint8 * len(pixels)).from_buffer_copy(pixels)
        probabilities = (ctypes.c_float * len(self.classes))()
        entropy, information = ctypes.c_float(), ctypes.c_float()
        if self.library.credence_predict_bytes(
                self.handle, image, 1, samples, probabilities, ctypes.byref(entropy),
                ctypes.byref(information), self.error, 256):
            raise ValueError(self.error.value.decode())
        return list(probabilities), entropy.value, information.value


def read_picture(path, channels):
    """The pixels of the file, channel after channel."""
    with open(path, "rb") as file:
        content = file.read()
    head = re.match(rb"P%d\s+\d+\s+\d+\s+255\s" % (5 if channels == 1 else 6), content)
    if head is None:
        raise ValueError(f"{path} is no binary PGM or PPM file of {channels} channels")
    pixels = content[head.end():]
    return b"".join(pixels[c::channels] for c in range(channels))


def main():
    if len(sys.argv) != 3:
        sys.exit("predict.py: takes CHECKPOINT PICTURE")
    model = Model(sys.argv[1])
    probabilities, entropy, information = model.predict(read_picture(sys.argv[2], model.shape[0]))
    for name, probability in zip(model.classes, probabilities):
        print(f"{name} {probability:.9g}")
    print(f"entropy {entropy:.9g}, mutual information {information:.9g} nats")


if __name__ == "__main__":
    main()
