#!/usr/bin/env python3
"""Writes tests/reference/tensorboard.tfevents by TensorBoard's own writer.

It needs the package tensorboard (2.21), which needs no TensorFlow. With a folder as its argument it
reads the event files there with TensorBoard's own reader and prints what it finds.
"""
import pathlib
import sys

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.summary.writer.record_writer import RecordWriter


def summary(step, value):
    return Event(wall_time=1234.5, step=step, summary=Summary(value=[value]))


def events():
    yield Event(wall_time=1234.5, file_version="brain.Event:2")
    yield summary(300, Summary.Value(tag="step/loss", simple_value=0.75))
    yield summary(7, Summary.Value(tag="curve", image=Summary.Image(
        height=2, width=300, colorspace=3, encoded_image_string=b"png")))
    # Of 0, 1, 2, 64, 64 with 64 intervals of width 1.
    yield summary(7, Summary.Value(tag="w", histo=HistogramProto(
        min=0, max=64, num=5, sum=131, sum_squares=8197, bucket_limit=range(65),
        bucket=[0, 2, 1] + [0] * 61 + [2])))


def write():
    with open(pathlib.Path(__file__).parent / "tensorboard.tfevents", "wb") as file:
        for event in events():
            RecordWriter(file).write(event.SerializeToString())


def read(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    log = EventAccumulator(folder, size_guidance={"scalars": 0, "histograms": 0, "images": 0})
    log.Reload()
    for tag in log.Tags()["scalars"]:
        found = log.Scalars(tag)
        print("scalar", tag, len(found), "first", found[0].step, found[0].value, "last",
              found[-1].step, found[-1].value)
    for tag in log.Tags()["histograms"]:
        found = log.Histograms(tag)
        value = found[-1].histogram_value
        print("histogram", tag, len(found), "last", found[-1].step, "count", value.num, "from",
              value.min, "to", value.max, "in buckets", sum(value.bucket))
    for tag in log.Tags()["images"]:
        for found in log.Images(tag):
            print("image", tag, found.step, found.width, "x", found.height,
                  len(found.encoded_image_string), "bytes")


if len(sys.argv) > 1:
    read(sys.argv[1])
else:
    write()
