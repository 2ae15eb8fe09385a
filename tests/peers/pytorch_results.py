"""What PyTorch gives for a function of tensors, and the comparison of an answer with it."""
import itertools

import torch

from peer_calls import Answer, difference, elements_of


def mapped(function, value):
    """The value with function(tensor) for each tensor in it."""
    if isinstance(value, torch.Tensor):
        return function(value)
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(function, one) for one in value)
    if isinstance(value, dict):
        return {key: mapped(function, one) for key, one in value.items()}
    return value


def leaf(dtype):
    """A function that makes a contiguous leaf of a tensor, floating-point ones in a type."""

    def make(tensor):
        kind = dtype if tensor.is_floating_point() else tensor.dtype
        return tensor.detach().to(kind).contiguous().clone().requires_grad_(tensor.requires_grad)

    return make


def leaves_of(value, found):
    mapped(lambda tensor: found.append(tensor) if tensor.requires_grad else None, value)
    return found


def results_of(output):
    return [one for one in (output if isinstance(output, (list, tuple)) else [output]) if isinstance(one, torch.Tensor)]


class Expected:
    """Outputs and gradients of a function of PyTorch in a type, and what it has made of those inputs that are a
    module's state."""

    def __init__(self, function, inputs, dtype, seeds=None):
        inputs = mapped(leaf(dtype), inputs)
        self.outputs = results_of(function(*inputs))
        state = inputs[1] if len(inputs) == 2 else {}
        self.state = {name: tensor for name, tensor in state.items() if not tensor.requires_grad}
        differentiable = [one for one in self.outputs if one.requires_grad]
        self.differentiable = differentiable and len(differentiable) == len(self.outputs)
        self.seeds = seeds or [torch.randn(one.shape) for one in self.outputs if one.is_floating_point()]
        self.gradients = []
        if self.differentiable:
            leaves = leaves_of(inputs, [])
            seeds = [seed.to(one.dtype) for seed, one in zip(self.seeds, self.outputs)]
            self.gradients = torch.autograd.grad(self.outputs, leaves, seeds, allow_unused=True)


def pair_difference(what, ours, truth, theirs):
    if ours is Answer.CONSTANT or truth is None:  # one of the two has no such gradient
        return ""
    if ours is None:
        # A gradient that is not there is 0.
        return f"the {what} is missing" if abs(elements_of(truth)).max(initial=0) != 0 else ""
    problem = difference(ours, elements_of(truth), elements_of(theirs))
    return problem and f"the {what} has {problem}"


def comparison(truth, theirs):
    def tensors(answer):
        yield from zip(itertools.repeat("output"), answer.outputs, truth.outputs, theirs.outputs)
        if truth.differentiable:
            yield from zip(itertools.repeat("gradient"), answer.gradients, truth.gradients, theirs.gradients)
        for name in truth.state:
            yield name, answer.state.get(name), truth.state[name], theirs.state[name]

    def compare(answer):
        if len(answer.outputs) != len(truth.outputs):
            return f"{len(answer.outputs)} outputs, expected {len(truth.outputs)}"
        problems = (pair_difference(f"{what} ({number})", *all) for number, (what, *all) in enumerate(tensors(answer)))
        return next(filter(None, problems), "")

    return compare


def expect(function, inputs):
    """PyTorch's results in float64 and float32; None where it refuses its own sample on this machine."""
    try:
        truth = Expected(function, inputs, torch.float64)
        return truth, Expected(function, inputs, torch.float32, truth.seeds)
    except (RuntimeError, ValueError, TypeError, NotImplementedError, IndexError):
        return None
