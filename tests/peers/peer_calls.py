"""Asks credence-peer-calls for operations with other projects' inputs, and compares what it gives.

peer_calls.cpp states the format of a request. A Suite counts how requests end, by the names of what is asked.
The program has one thread unless OMP_NUM_THREADS says otherwise.
"""
import collections
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "reference"))
from safetensors_file import NAMES, load, save  # noqa: E402

REQUESTS, BYTES = 300, 1 << 27  # in one process
TOLERANCE = 1e-5


def elements_of(tensor):
    """The elements as a type that the program reads, those of a truth value as bytes."""
    if not isinstance(tensor, numpy.ndarray):
        tensor = tensor.detach().resolve_conj().cpu().numpy()
    return tensor.astype(numpy.uint8) if tensor.dtype == bool else tensor


def is_tensor(value):
    return isinstance(value, numpy.ndarray) or hasattr(value, "requires_grad")


class Encoder:
    """The JSON of arguments, with each tensor in `tensors`."""

    def __init__(self, prefix):
        self.prefix, self.tensors, self.wanted = prefix, {}, []

    def tensor(self, value):
        elements = elements_of(value)
        if str(elements.dtype) not in NAMES:
            return {"object": f"a tensor of {elements.dtype}"}
        name = f"{self.prefix}.{len(self.tensors)}"
        self.tensors[name] = elements
        if getattr(value, "requires_grad", False):
            self.wanted.append(name)
        return {"tensor": name, "gradient": name in self.wanted[-1:]}

    def value(self, value):
        if value is None or isinstance(value, (bool, str)):
            return value
        if is_tensor(value):
            return self.tensor(value)
        if isinstance(value, (list, tuple)):
            return [self.value(one) for one in value]
        if isinstance(value, dict):
            return {key: self.value(one) for key, one in value.items()}
        if isinstance(value, (int, numpy.integer)):
            return int(value)
        if isinstance(value, (float, numpy.floating)):
            return float(value) if math.isfinite(value) else str(float(value))
        return {"object": str(value)}


class Answer:
    """What became of a request: a status, its message, outputs, state, and gradients: None where there is none,
    CONSTANT where the operation takes the tensor as a constant."""

    CONSTANT = "constant"

    def __init__(self, status, message="", outputs=(), gradients=(), state=None):
        self.status, self.message = status, message
        self.outputs, self.gradients, self.state = list(outputs), list(gradients), state or {}


class Requests:
    """Requests that wait, each with a function that gets its answer."""

    def __init__(self, program):
        self.program = program
        self.clear()

    def clear(self):
        self.waiting, self.bytes = [], 0

    def add(self, call, name, arguments, receive, seeds=()):
        """Seeds are the gradients of the outputs; without them there is no backward pass."""
        encoder = Encoder(str(len(self.waiting)))
        request = {"call": call, "name": name, "arguments": encoder.value(arguments)}
        if encoder.wanted and seeds:
            request["seeds"] = [encoder.tensor(seed)["tensor"] for seed in seeds]
        self.waiting.append((request, encoder, receive))
        self.bytes += sum(tensor.nbytes for tensor in encoder.tensors.values())
        if len(self.waiting) >= REQUESTS or self.bytes >= BYTES:
            self.run()

    def run(self):
        """Sends all requests. One that ends the program is left out of a second try."""
        waiting = self.waiting
        self.clear()
        while waiting:
            statuses, answers, code = self.ask(waiting)
            if code == 0:
                for number, (entry, status) in enumerate(zip(waiting, statuses)):
                    entry[2](self.answer(number, entry[1], status, answers))
                return
            request, _, receive = waiting.pop(len(statuses))
            receive(Answer("crashed", f"exit status {code} for {json.dumps(request)[:2000]}"))

    def ask(self, waiting):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            tensors = {}
            for number, (_, encoder, _) in enumerate(waiting):
                tensors.update(encoder.tensors)
            save(folder / "requests.safetensors", tensors)
            lines = [json.dumps(request) + "\n" for request, _, _ in waiting]
            (folder / "requests.jsonl").write_text("".join(lines))
            environment = {"OMP_NUM_THREADS": "1", **os.environ}
            done = subprocess.run([self.program, str(folder)], stdout=subprocess.PIPE, text=True, env=environment)
            statuses = [json.loads(line) for line in done.stdout.splitlines()]
            if done.returncode == 0:
                return statuses, load(folder / "answers.safetensors")[0], 0
            if len(statuses) >= len(waiting):
                sys.exit("peer_calls: the answers could not be written")
            return statuses, {}, done.returncode

    @staticmethod
    def answer(number, encoder, status, answers):
        outputs = []
        while f"{number}.output.{len(outputs)}" in answers:
            outputs.append(answers[f"{number}.output.{len(outputs)}"])
        constants = dict.fromkeys(status.get("constants", []), Answer.CONSTANT)
        gradients = [answers.get(f"{number}.gradient.{name}", constants.get(name)) for name in encoder.wanted]
        prefix = f"{number}.state."
        state = {name[len(prefix) :]: value for name, value in answers.items() if name.startswith(prefix)}
        return Answer(status["status"], status.get("message", ""), outputs, gradients, state)


def difference(ours, truth, theirs=None, tolerance=TOLERANCE):
    """What is wrong with ours; empty where nothing is. An element is right where it is within the tolerance (relative
    above 1) and four of their own largest errors of the truth, or the very one that they have, or NaN as the truth."""
    truth = numpy.asarray(truth)
    theirs = truth if theirs is None else numpy.asarray(theirs)
    if ours.shape != truth.shape:
        return f"the shape {list(ours.shape)}, expected {list(truth.shape)}"
    with numpy.errstate(all="ignore"):
        truth64, ours64 = truth.astype(numpy.float64), ours.astype(numpy.float64)
        error, their_error = abs(ours64 - truth64), abs(theirs - truth64)
        their_error = their_error[numpy.isfinite(their_error)].max(initial=0)
        right = error <= tolerance * (1 + abs(truth64)) + 4 * their_error
        right |= (ours == theirs) | (numpy.isnan(ours) & (numpy.isnan(theirs) | numpy.isnan(truth)))
    if right.all():
        return ""
    place = tuple(int(i) for i in numpy.argwhere(~right)[0])
    return f"{ours[place]!r} at {list(place)}, expected {truth[place]!r} ({(~right).sum()} of {right.size} elements)"


class Suite:
    """Counts by name, and a line on stdout for each finding: a wrong value, an input that should be an error and is
    none, an exception that is no Error, a crash."""

    def __init__(self, title, verbose=False):
        self.title, self.verbose = title, verbose
        self.counts, self.absent, self.findings = collections.defaultdict(collections.Counter), collections.Counter(), 0

    def missing(self, name, samples=1):
        """There is no counterpart of what has this name."""
        self.absent[name] += samples

    def refused(self, name, text, answer):
        self.counts[name]["refused"] += 1
        if self.verbose:
            print(f"refused: {name}: {text[:300]}: {answer.message[:200]}")

    def found(self, name, text, problem):
        self.counts[name]["failed"] += 1
        self.findings += 1
        print(f"FOUND: {name}: {text[:600]}: {problem[:400]}", flush=True)

    def judge(self, name, text, answer, compare):
        """Judges an input that is right for them. compare(answer) returns what is wrong."""
        if answer.status in ("refused", "no counterpart"):
            self.refused(name, text, answer)
        elif answer.status != "ok":
            self.found(name, text, f"{answer.status}: {answer.message}")
        else:
            problem = compare(answer)
            if problem:
                self.found(name, text, problem)
            else:
                self.counts[name]["passed"] += 1

    def judge_error(self, name, text, taken, answer):
        """Judges an input that is an error for them. `taken` says whether Credence may take it."""
        if answer.status == "ok" and taken:
            self.counts[name]["taken"] += 1
        elif answer.status == "no counterpart":
            self.refused(name, text, answer)
        elif answer.status == "refused":
            self.counts[name]["passed"] += 1
            if self.verbose:
                print(f"error: {name}: {text[:300]}: {answer.message[:200]}")
        else:
            self.found(name, text, f"{answer.status}, expected an error: {answer.message}")

    def report(self):
        """Prints the sums and returns the exit status."""
        total = sum(self.counts.values(), collections.Counter())
        if self.verbose:
            for name, counts in sorted(self.counts.items()):
                print(f"{name}: " + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
            print("absent: " + ", ".join(sorted(self.absent)))
        taken = f"{total['taken']} different by design, " if total["taken"] else ""
        print(
            f"{self.title}: {sum(total.values())} run of {len(self.counts)} kinds, {total['passed']} passed, "
            f"{total['refused']} refused, {taken}{total['failed']} failed; absent: {len(self.absent)} kinds, "
            f"{sum(self.absent.values())} inputs"
        )
        return 1 if self.findings else 0


def program_of(description, count):
    """The positional arguments; prints the usage and ends with 2 where there are others than `count` of them. The
    option --verbose, the only one, is the last result."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--verbose"]
    if len(arguments) not in count or any(argument.startswith("-") for argument in arguments):
        print(description.split("\n\n")[1], file=sys.stderr)
        sys.exit(2)
    return arguments, "--verbose" in sys.argv
