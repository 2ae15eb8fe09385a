#!/usr/bin/env python3
"""Prints as JSON what TensorBoard's own reader finds in an event file.

usage: tensorboard_check.py FILE

The result is a list of objects in the file's order within each tag: tag, step, and value of a scalar; count,
sum, limits and counts of a histogram; width, height and bytes (a text of Latin-1) of a picture.
"""
import json
import sys

from tensorboard.backend.event_processing import event_accumulator


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    everything = {"scalars": 0, "histograms": 0, "images": 0}
    reader = event_accumulator.EventAccumulator(sys.argv[1], size_guidance=everything)
    reader.Reload()
    found = []
    for tag in reader.Tags()["scalars"]:
        found += [{"tag": tag, "step": e.step, "value": e.value} for e in reader.Scalars(tag)]
    for tag in reader.Tags()["histograms"]:
        for e in reader.Histograms(tag):
            h = e.histogram_value
            found.append({"tag": tag, "step": e.step, "count": h.num, "sum": h.sum,
                          "limits": list(h.bucket_limit), "counts": list(h.bucket)})
    for tag in reader.Tags()["images"]:
        found += [{"tag": tag, "step": e.step, "width": e.width, "height": e.height,
                   "bytes": e.encoded_image_string.decode("latin-1")} for e in reader.Images(tag)]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
