#!/usr/bin/env python3
"""Writes corruptions.json: what NumPy, SciPy and Python's colorsys compute for the corruptions of
data/corruption.hpp that draw no random numbers.

A case per kind of image, "corruptions_colour" [1, 3, H, W] and "corruptions_grey" [1, 1, H, W], maps
"image" to bytes and "NAME-LEVEL" to the corrupted image on the scale 0 to 255, neither rounded nor
clipped. Pixelated images are bytes, because resizing rounds on its way. The parameters of the levels
are stated here and in data/corruption/levels.hpp.

usage: generate_corruptions.py [FILE]      the committed file was written with NumPy 1.24, SciPy 1.10
"""

import colorsys
import json
import math
import pathlib
import sys

import numpy as np
from scipy import ndimage

COLOUR, GREY = "colour", "grey"
LEVELS = {
    "gaussian-blur": {COLOUR: [0.4, 0.6, 0.7, 0.8, 1.0], GREY: [1, 2, 3, 4, 6]},
    "defocus-blur": {COLOUR: [(0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)],
                     GREY: [(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)]},
    # End and step of numpy.arange(1, end, step). Its length depends on rounding.
    "zoom-blur": {COLOUR: [(1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01)],
                  GREY: [(1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)]},
    "brightness": {COLOUR: [0.05, 0.1, 0.15, 0.2, 0.3], GREY: [0.1, 0.2, 0.3, 0.4, 0.5]},
    "contrast": {COLOUR: [0.75, 0.5, 0.4, 0.3, 0.15], GREY: [0.4, 0.3, 0.2, 0.1, 0.05]},
    "pixelate": {COLOUR: [0.95, 0.9, 0.85, 0.75, 0.65], GREY: [0.6, 0.5, 0.4, 0.3, 0.25]},
    "rotation": {COLOUR: [15, 30, 45, 60, 75], GREY: [15, 30, 45, 60, 75]},
}


def each_channel(function):
    """A function of an image [C, H, W] from one of a plane [H, W]."""
    return lambda image, level: np.stack([function(plane, level) for plane in image])


def gaussian_blur(plane, sigma):
    return ndimage.gaussian_filter(plane, sigma, mode="nearest", truncate=4)


def defocus_kernel(radius, smoothness):
    """The disk in a frame wide enough for its smoothed border, convolved with the Gaussian."""
    half = 1 if radius <= 8 else 2
    reach = math.floor(radius) + half
    y, x = np.mgrid[-reach:reach + 1, -reach:reach + 1]
    disk = (x ** 2 + y ** 2 <= radius ** 2).astype(float)
    at = np.arange(-half, half + 1)
    gaussian = np.exp(-at ** 2 / (2 * smoothness ** 2))
    kernel = np.outer(gaussian, gaussian) / gaussian.sum() ** 2
    return ndimage.convolve(disk / disk.sum(), kernel, mode="constant")


def defocus_blur(plane, level):
    return ndimage.correlate(plane, defocus_kernel(*level), mode="mirror")


def magnified(plane, factor):
    parts = [math.ceil(side / factor) for side in plane.shape]
    starts = [(side - part) // 2 for side, part in zip(plane.shape, parts)]
    middle = plane[starts[0]:starts[0] + parts[0], starts[1]:starts[1] + parts[1]]
    large = ndimage.zoom(middle, factor, order=1)
    tops = [(size - side) // 2 for size, side in zip(large.shape, plane.shape)]
    return large[tops[0]:tops[0] + plane.shape[0], tops[1]:tops[1] + plane.shape[1]]


def zoom_blur(plane, level):
    images = [plane] + [magnified(plane, factor) for factor in np.arange(1, *level)]
    return np.mean(images, axis=0)


def brightness(image, added):
    result = np.empty_like(image)
    for y, x in np.ndindex(image.shape[1:]):
        pixel = image[:, y, x] / 255
        red, green, blue = pixel if len(pixel) == 3 else np.repeat(pixel, 3)
        hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
        brighter = colorsys.hsv_to_rgb(hue, saturation, min(value + added, 1))
        result[:, y, x] = np.array(brighter[:len(pixel)]) * 255
    return result


def contrast(plane, factor):
    return plane.mean() + factor * (plane - plane.mean())


def box_matrix(side, boxes):
    """The weights of `boxes` pixels on `side` ones, as Pillow's resize with BOX chooses them: equal
    ones for pixels whose centres lie in the box (begin, end], the nearest pixel to enlarge."""
    scale = side / boxes
    support = 0.5 * max(scale, 1)
    pixels = np.arange(side)
    rows = []
    for box in range(boxes):
        centre = (box + 0.5) * scale
        offset = (pixels - centre + 0.5) * (1 / max(scale, 1))
        weights = ((pixels >= int(centre - support + 0.5)) & (pixels < int(centre + support + 0.5))
                   & (offset > -0.5) & (offset <= 0.5)).astype(float)
        rows.append(weights / weights.sum())
    return np.array(rows)


def pixelate(plane, factor):
    def resized(plane, height, width):
        rounded = np.floor(plane @ box_matrix(plane.shape[1], width).T + 0.5)
        return np.floor(box_matrix(plane.shape[0], height) @ rounded + 0.5)

    return resized(resized(plane, *(int(side * factor) for side in plane.shape)), *plane.shape)


def rotation(plane, degrees):
    return ndimage.rotate(plane, degrees, reshape=False, order=1, mode="grid-constant")


CORRUPTIONS = {
    "gaussian-blur": each_channel(gaussian_blur),
    "defocus-blur": each_channel(defocus_blur),
    "zoom-blur": each_channel(zoom_blur),
    "brightness": brightness,
    "contrast": each_channel(contrast),
    "pixelate": each_channel(pixelate),
    "rotation": each_channel(rotation),
}


def picture(generator, channels, height, width):
    """Bytes with flat parts, edges, noise, black and white."""
    image = generator.integers(0, 256, (channels, height, width)).astype(float)
    image[:, 2:height // 2, 1:width // 2] = [[[40 + 60 * channel]] for channel in range(channels)]
    image[:, -3:, -4:] = 255
    image[:, -4:, :3] = 0
    return image


def main():
    generator = np.random.default_rng(2024)
    cases = {}
    for kind, shape in [(COLOUR, (3, 10, 13)), (GREY, (1, 17, 12))]:
        image = picture(generator, *shape)
        tensors = {"image": image}
        for name, corrupt in CORRUPTIONS.items():
            for level in range(1, 6):
                tensors[f"{name}-{level}"] = corrupt(image, LEVELS[name][kind][level - 1])
        cases["corruptions_" + kind] = {
            key: {"shape": [1, *shape], "data": [float(f"{x:.3f}") for x in tensor.ravel()]}
            for key, tensor in tensors.items()}
    target = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "corruptions.json"
    with open(target, "w", encoding="ascii") as file:
        text = json.dumps(cases, separators=(",", ":"))
        file.write(text.replace(".0,", ",").replace(".0]", "]").replace("},", "},\n") + "\n")


if __name__ == "__main__":
    main()
