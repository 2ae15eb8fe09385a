#!/usr/bin/env python3
"""Writes laplace.json: the Laplace approximation of small models from explicit Jacobians.

PyTorch computes the Jacobians of all outputs by all weights; the Gauss-Newton matrix, covariances,
variances and determinants follow from dense matrices in NumPy. Kronecker factors come from F.unfold
and the gradients of each layer's output. Weights [O, D] have the bias as their last column.

usage: generate_laplace.py [FILE]      needs PyTorch, NumPy and SciPy; the committed file was written
                                       with 1.13, 1.24 and 1.10
"""

import json
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from scipy import optimize, stats

random = np.random.default_rng(20)
torch.set_default_dtype(torch.float64)
cases = {}


def normals(*shape, scale=1.0):
    """Random numbers of few digits, so that the file stays small."""
    return np.round(scale * random.standard_normal(shape), 3)


def occam(eigenvalues, weights, precision):
    """The log of prior times posterior volume: log N(w; 0, 1/d) + log det(2 pi S)^(1/2)."""
    posterior = np.log(2 * np.pi / (eigenvalues + precision)).sum() / 2
    return (stats.norm(scale=precision ** -0.5).logpdf(weights).sum() + posterior)


def best_precision(eigenvalues, weights):
    found = optimize.minimize_scalar(lambda t: -occam(eigenvalues, weights, math.exp(t)),
                                     bounds=(-12, 12), method="bounded", options={"xatol": 1e-10})
    return math.exp(found.x)


def linear_regression():
    """Bayesian linear regression with noise of known variance (Bishop 2006, section 3.3)."""
    n, d, noise, precision = 9, 4, 0.3, 0.7
    x = normals(n, d - 1)
    phi = np.hstack([x, np.ones((n, 1))])
    y = normals(n)
    test = normals(5, d - 1)
    phi_test = np.hstack([test, np.ones((5, 1))])
    covariance = np.linalg.inv(phi.T @ phi / noise**2 + precision * np.eye(d))
    mean = covariance @ phi.T @ y / noise**2
    evidence = stats.multivariate_normal(
        np.zeros(n), noise**2 * np.eye(n) + phi @ phi.T / precision).logpdf(y)
    variance = ((phi_test @ covariance) * phi_test).sum(1)
    eigenvalues = np.linalg.eigvalsh(phi.T @ phi / noise**2)
    cases["laplace_linear_regression"] = dict(
        x=x, y=y, test=test, mean=mean, covariance=covariance, evidence=evidence,
        predictive=np.stack([phi_test @ mean, np.log(variance + noise**2)], 1),
        best_precision=best_precision(eigenvalues, mean))


def softmax_regression():
    """One linear layer: the Gauss-Newton matrix is the Hessian, which PyTorch computes."""
    n, d, c, precision = 7, 3, 3, 0.5
    x, weight, bias = normals(n, d), normals(c, d), normals(c)
    labels = random.integers(0, c, n)
    joint = np.hstack([weight, bias[:, None]])
    phi = torch.tensor(np.hstack([x, np.ones((n, 1))]))

    def loss(w):
        return F.cross_entropy(phi @ w.reshape(c, d + 1).T, torch.tensor(labels), reduction="sum")

    w = torch.tensor(joint.ravel())
    hessian = torch.autograd.functional.hessian(loss, w).numpy()
    covariance = np.linalg.inv(hessian + precision * np.eye(len(hessian)))
    test = normals(4, d)
    phi_test = np.hstack([test, np.ones((4, 1))])
    blocks = [covariance[k * (d + 1):(k + 1) * (d + 1), k * (d + 1):(k + 1) * (d + 1)]
              for k in range(c)]
    variance = np.stack([((phi_test @ block) * phi_test).sum(1) for block in blocks], 1)
    logits = phi_test @ joint.T
    eigenvalues = np.linalg.eigvalsh(hessian)
    cases["laplace_softmax_regression"] = dict(
        x=x, labels=labels, weight=weight, bias=bias, test=test, hessian=hessian,
        variance=variance, probit=logits / np.sqrt(1 + np.pi / 8 * variance),
        log_likelihood=-loss(w).item(),
        evidence=-loss(w).item() + occam(eigenvalues, joint.ravel(), precision),
        best_precision=best_precision(eigenvalues, joint.ravel()))


def small_network():
    """conv 3 x 2 (stride 2, 1; padding 1, 0; dilation 1, 2), tanh, linear to 3 classes."""
    n, c, precision = 5, 3, 0.4
    x = torch.tensor(normals(n, 2, 5, 6))
    test = torch.tensor(normals(2, 2, 5, 6))
    settings = dict(stride=(2, 1), padding=(1, 0), dilation=(1, 2))
    conv_w, conv_b = torch.tensor(normals(3, 2, 3, 2, scale=.5)), torch.tensor(normals(3))
    features = F.conv2d(x, conv_w, conv_b, **settings).numel() // n
    fc_w = torch.tensor(normals(c, features, scale=.3))
    fc_b = torch.tensor(normals(c))
    joints = [torch.cat([conv_w.reshape(3, -1), conv_b[:, None]], 1),
              torch.cat([fc_w, fc_b[:, None]], 1)]
    sizes = [joint.numel() for joint in joints]
    flat = torch.cat([joint.reshape(-1) for joint in joints])

    def parts(weights):
        first, second = weights.split(sizes)
        first, second = first.reshape(joints[0].shape), second.reshape(joints[1].shape)
        return first[:, :-1].reshape(conv_w.shape), first[:, -1], second[:, :-1], second[:, -1]

    def outputs(weights, images):
        w1, b1, w2, b2 = parts(weights)
        return F.linear(torch.tanh(F.conv2d(images, w1, b1, **settings)).flatten(1), w2, b2)

    def jacobian(images):
        return torch.autograd.functional.jacobian(lambda w: outputs(w, images), flat).numpy()

    j = jacobian(x)
    p = torch.softmax(outputs(flat, x), 1).numpy()
    lambdas = np.stack([np.diag(row) - np.outer(row, row) for row in p])
    ggn = np.einsum("ncp,ncd,ndq->pq", j, lambdas, j)
    diagonal = np.diag(ggn)

    # Kronecker factors, from the definition: E over labels, sums over positions.
    pre = F.conv2d(x, conv_w, conv_b, **settings).requires_grad_()
    hidden = torch.tanh(pre).flatten(1)
    logits = F.linear(hidden, fc_w, fc_b)
    patches = F.unfold(x, (3, 2), dilation=(1, 2), padding=(1, 0), stride=(2, 1))
    patches = torch.cat([patches, torch.ones(n, 1, patches.shape[2])], 1).numpy()
    rows = np.hstack([hidden.detach().numpy(), np.ones((n, 1))])[:, :, None]
    out = [np.zeros((3, 3)), np.zeros((c, c))]
    for label in range(c):
        score = torch.log_softmax(logits, 1)[:, label].sum()
        g1, g2 = torch.autograd.grad(score, [pre, logits], retain_graph=True)
        g1, g2 = g1.flatten(2).numpy(), g2[:, :, None].numpy()
        for k, g in enumerate([g1, g2]):
            out[k] += np.einsum("n,not,npt->op", p[:, label], g, g) / g.shape[2]
    factors = [np.einsum("ndt,net->de", a, a) / n for a in (patches, rows)]

    j_test = jacobian(test)
    kron = np.zeros_like(ggn)
    kron[:sizes[0], :sizes[0]] = np.kron(out[0], factors[0])
    kron[sizes[0]:, sizes[0]:] = np.kron(out[1], factors[1])
    f = outputs(flat, test).numpy()
    case = dict(x=x, test=test, conv_weight=conv_w, conv_bias=conv_b, fc_weight=fc_w, fc_bias=fc_b,
                labels=np.argmax(p, 1), diagonal_1=diagonal[:sizes[0]].reshape(joints[0].shape),
                diagonal_2=diagonal[sizes[0]:].reshape(joints[1].shape),
                input_factor_1=factors[0], input_factor_2=factors[1], output_factor_1=out[0],
                output_factor_2=out[1])
    log_likelihood = np.log(p.max(1)).sum()
    last = slice(sizes[0], None)
    for name, hessian, subset in (("diagonal", np.diag(diagonal), slice(None)),
                                  ("kronecker", kron, slice(None)),
                                  ("last_full", ggn[last, last], last),
                                  ("last_diagonal", np.diag(diagonal[last]), last),
                                  ("last_kronecker", kron[last, last], last)):
        covariance = np.linalg.inv(hessian + precision * np.eye(len(hessian)))
        jt = j_test[:, :, subset]
        variance = np.einsum("ncp,pq,ncq->nc", jt, covariance, jt)
        weights = flat.numpy()[subset]
        eigenvalues = np.linalg.eigvalsh(hessian)
        case["probit_" + name] = f / np.sqrt(1 + np.pi / 8 * variance)
        case["variance_" + name] = variance
        case["evidence_" + name] = log_likelihood + occam(eigenvalues, weights, precision)
        case["best_precision_" + name] = best_precision(eigenvalues, weights)
    first = np.linalg.eigvalsh(kron[:sizes[0], :sizes[0]])
    second = np.linalg.eigvalsh(kron[last, last])
    case["best_precisions"] = [best_precision(first, flat.numpy()[:sizes[0]]),
                               best_precision(second, flat.numpy()[last])]
    cases["laplace_small_network"] = case


def eigenvalues():
    """Symmetric matrices: random, of rank 2, and with a row of zeros."""
    a = normals(7, 7)
    a = a + a.T
    b = normals(7, 2)
    low_rank = b @ b.T
    gap = a.copy()
    gap[3] = gap[:, 3] = 0
    for name, matrix in (("random", a), ("low_rank", low_rank), ("gap", gap)):
        cases["symmetric_" + name] = dict(matrix=matrix, eigenvalues=np.linalg.eigvalsh(matrix))


def as_json(x):
    x = np.asarray(x, float)
    return {"shape": list(x.shape), "data": [float(f"{value:.14g}") for value in x.ravel()]}


def main():
    default = pathlib.Path(__file__).with_name("laplace.json")
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    for family in (linear_regression, softmax_regression, small_network, eigenvalues):
        family()
    lines = [json.dumps(name) + ": " + json.dumps({key: as_json(x) for key, x in case.items()},
                                                  separators=(",", ":"))
             for name, case in cases.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
