#!/usr/bin/env python3
"""Runs PyTorch's own samples of operations, modules and optimisers here, and its error inputs.

usage: pytorch_samples.py PROGRAM [--verbose]

PROGRAM is tests/peers/credence-peer-calls of a build. The samples are those of torch.testing._internal: op_db
(sample_inputs, reference_inputs and error_inputs), module_db, the lists of common_nn ("module tests"), and optim_db
where PyTorch has it (from 2.1 on; else settings of this script). Outputs and gradients for random gradients of the
outputs are compared in float32 with PyTorch's in float64. An input that Credence has no argument for has to be
refused, and so has each error input; an error input is "refused" where Credence has no such argument and "passed"
where it throws its own error. --verbose lists what was refused, and what is absent. Prints a line for each finding,
and the counts. Needs torch.
"""
import copy
import functools
import itertools
import sys
import types
import unittest
import warnings

from peer_calls import Requests, Suite, program_of

try:
    import expecttest  # noqa: F401
except ModuleNotFoundError:
    # PyTorch derives its test cases from a class of this package. Samples do not need it.
    sys.modules["expecttest"] = types.ModuleType("expecttest")
    sys.modules["expecttest"].TestCase, sys.modules["expecttest"].ACCEPT = unittest.TestCase, False

import torch  # noqa: E402
from torch.testing._internal import common_nn  # noqa: E402
from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402
from torch.testing._internal.common_modules import FunctionInput, module_db  # noqa: E402

from pytorch_results import comparison, expect, leaves_of, mapped, pair_difference  # noqa: E402
from pytorch_tables import DIFFERENT, MODULES, NO_GRADIENT, OPERATIONS, OPTIMIZERS, TAKEN  # noqa: E402


def bound(names, args, kwargs):
    """The arguments by their names, and whether all have one. A last name with * takes a list or all that follow."""
    names = names.split()
    named = {}
    for place, name in enumerate(names):
        if place >= len(args):
            break
        if name.startswith("*"):
            rest = args[place:]
            named[name[1:]] = rest[0] if len(rest) == 1 and isinstance(rest[0], (list, tuple)) else list(rest)
            return {**named, **kwargs}, True
        named[name] = args[place]
    return {**named, **kwargs}, len(args) <= len(names)


def text_of(value):
    def shape(tensor):
        return types.SimpleNamespace(shape=str(list(tensor.shape)), kind=str(tensor.dtype).replace("torch.", ""))

    return str(mapped(shape, value)).replace("namespace(shape='", "(").replace("', kind='", " ").replace("')", ")")


def ask(suite, requests, kind, name, ours, arguments, expected):
    """A request whose answer has to be PyTorch's."""
    truth, theirs = expected
    text = text_of(arguments)
    requests.add(
        kind,
        ours,
        arguments,
        lambda answer: suite.judge(name, text, answer, comparison(truth, theirs)),
        truth.seeds if truth.differentiable else (),
    )


def run_operations(samples, reference, errors, requests):
    for op in op_db:
        name = op.name + ("/" + op.variant_test_name if op.variant_test_name else "")
        if name not in OPERATIONS or not op.supports_dtype(torch.float32, "cpu"):
            samples.missing(name)
            continue
        torch.manual_seed(1)
        for sample in op.sample_inputs("cpu", torch.float32, requires_grad=op.supports_autograd):
            run_sample(samples, requests, op, name, sample)
        if op.reference_inputs_func is not None:
            run_reference_inputs(reference, requests, op, name)
        if op.error_inputs_func is not None:
            run_error_inputs(errors, requests, op, name)


def run_sample(suite, requests, op, name, sample):
    ours, names, *change = OPERATIONS[name]
    arguments, complete = bound(names, (sample.input, *sample.args), sample.kwargs)
    inputs = (sample.input, tuple(sample.args), dict(sample.kwargs))
    expected = expect(lambda x, args, kwargs: op(x, *args, **kwargs), inputs)
    if expected is None or not complete:
        suite.missing(name + " (a sample)")
    else:
        ask(suite, requests, "operation", name, ours, change[0](arguments) if change else arguments, expected)


def run_reference_inputs(suite, requests, op, name):
    """More inputs than the samples, extreme ones among them."""
    for sample in op.reference_inputs("cpu", torch.float32, requires_grad=False):
        if DIFFERENT.get(name, lambda *inputs: False)(sample.input, *sample.args):
            suite.counts[name]["taken"] += 1
            continue
        if op.supports_autograd and name not in NO_GRADIENT:
            with_gradient([sample.input, sample.args])
        run_sample(suite, requests, op, name, sample)


def with_gradient(value):
    mapped(lambda x: x.requires_grad_() if x.is_floating_point() and x.is_leaf else x, value)


def run_error_inputs(suite, requests, op, name):
    for error in op.error_inputs("cpu"):
        sample = error.sample_input
        ours, names = OPERATIONS[name][:2]
        arguments, complete = bound(names, (sample.input, *sample.args), sample.kwargs)
        arguments.pop("return_indices", None)  # the error is another one
        if not complete:
            suite.missing(name)
            continue
        text = text_of(arguments) + f" ({str(error.error_regex)[:80]})"
        taken = any(rule(ours, arguments) for rule in TAKEN)
        requests.add("operation", ours, arguments, functools.partial(suite.judge_error, name, text, taken))


def run_modules(suite, requests):
    for info in module_db:
        for training in (True, False):
            torch.manual_seed(1)
            for sample in info.module_inputs_func(
                info, device="cpu", dtype=torch.float32, requires_grad=True, training=training
            ):
                made, given = sample.constructor_input, sample.forward_input
                run_module(suite, requests, info.module_cls, made, given, training)


def run_module_tests(suite, requests):
    """The older lists of modules and losses, which are dictionaries."""
    for test in common_nn.module_tests + common_nn.new_module_tests + common_nn.criterion_tests:
        if "module_name" not in test or "constructor" in test:
            suite.missing("a function as a module")
            continue
        torch.manual_seed(1)
        made = FunctionInput(*argument_of(test, "constructor_args", ()))
        given = [argument_of(test, "input", None), argument_of(test, "target", None)]
        with_gradient(given[0])
        given = FunctionInput(*[one for one in given if one is not None])
        for training in (True, False) if test.get("check_eval") else (True,):
            run_module(suite, requests, getattr(torch.nn, test["module_name"]), made, given, training)


def argument_of(test, name, missing):
    """A value, what a function gives, or normal numbers of a size."""
    if name + "_size" in test:
        return torch.randn(test[name + "_size"])
    return test[name + "_fn"]() if name + "_fn" in test else test.get(name, missing)


def module_function(kind, module):
    """The forward pass of a copy of the module, with a state of its own, in the type of its tensors."""

    def call(inputs, state):
        floating = leaves_of(inputs, leaves_of(state, []))
        copied = copy.deepcopy(module).to(floating[0].dtype if floating else torch.float32)
        return torch.nn.utils.stateless.functional_call(copied, dict(state), tuple(inputs.values()))

    return call


def run_module(suite, requests, kind, made, forward, training):
    name, entry = kind.__name__, MODULES.get(kind.__name__)
    if entry is None:
        suite.missing(name)
        return
    module = kind(*made.args, **made.kwargs).train(training)
    constructor, _ = bound(entry[1], made.args, made.kwargs)
    inputs, _ = bound(entry[2] if len(entry) == 3 else "input", forward.args, forward.kwargs)
    if len(entry) == 3:
        expected = expect(module_function(kind, module), (inputs, {}))
        ours = ("operation", name, entry[0], {**inputs, **constructor})
    else:
        trained = dict(module.named_parameters())
        state = {n: t.detach() for n, t in module.state_dict().items()}
        if getattr(module, "momentum", None) is not None:
            state.pop("num_batches_tracked", None)  # it counts for nothing
        state = {n: t.clone().requires_grad_(n in trained) for n, t in state.items()}
        expected = expect(module_function(kind, module), (inputs, state))
        ours = ("module", name, entry[0], {**inputs, "state": state, "constructor": constructor, "training": training})
    if expected is None:
        suite.missing(name + " (a sample)")
    else:
        ask(suite, requests, *ours, expected)


def optimizer_settings(kind):
    """PyTorch's own settings where it lists them; else all combinations of those in OPTIMIZERS."""
    try:
        from torch.testing._internal.common_optimizers import optim_db
    except ModuleNotFoundError:
        listed = OPTIMIZERS[kind.__name__]
        return [dict(zip(listed, values)) for values in itertools.product(*listed.values())]
    (info,) = [info for info in optim_db if info.optim_cls is kind]
    return [entry.kwargs for entry in info.optim_inputs_func("cpu")]


def run_optimizers(suite, requests, steps=5):
    for kind in sorted({k for k in vars(torch.optim).values() if isinstance(k, type)}, key=lambda k: k.__name__):
        name = kind.__name__
        if name == "Optimizer":
            continue
        if name not in OPTIMIZERS:
            suite.missing(name)
            continue
        for settings in optimizer_settings(kind):
            torch.manual_seed(1)
            start = [torch.randn(3, 4), torch.randn(7)]
            gradients = [[torch.randn_like(one) for one in start] for _ in range(steps)]
            run_optimizer(suite, requests, kind, settings, start, gradients)


def stepped(kind, settings, start, gradients, dtype):
    parameters = [torch.nn.Parameter(one.to(dtype).clone()) for one in start]
    optimizer = kind(parameters, **settings)
    for step in gradients:
        for parameter, gradient in zip(parameters, step):
            parameter.grad = gradient.to(dtype)
        optimizer.step()
    return [one.detach() for one in parameters]


def run_optimizer(suite, requests, kind, settings, start, gradients):
    name, text = kind.__name__, str(settings)
    arguments = {**settings, "parameters": start, "gradients": sum(gradients, [])}
    try:
        truth, theirs = (stepped(kind, settings, start, gradients, t) for t in (torch.float64, torch.float32))
    except ValueError:  # such as Nesterov's form without momentum
        requests.add("optimizer", name, arguments, functools.partial(suite.judge_error, name, text, False))
        return

    def compare(answer):
        problems = [pair_difference(f"parameter {i}", *all) for i, all in enumerate(zip(answer.outputs, truth, theirs))]
        return next(filter(None, problems), "")

    requests.add("optimizer", name, arguments, lambda answer: suite.judge(name, text, answer, compare))


def main():
    (program,), verbose = program_of(__doc__, [1])
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    requests = Requests(program)
    suites = [
        Suite(f"PyTorch {torch.__version__}, {what}", verbose)
        for what in ("samples", "reference inputs", "error inputs", "modules", "module tests", "optimisers")
    ]
    *operations, modules, module_tests, optimizers = suites
    run_operations(*operations, requests)
    run_modules(modules, requests)
    run_module_tests(module_tests, requests)
    run_optimizers(optimizers, requests)
    requests.run()
    return max([suite.report() for suite in suites])


if __name__ == "__main__":
    sys.exit(main())
